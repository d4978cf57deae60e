import type { Catalog } from './catalog.js';

export const de: Catalog = {
  kinds: {
    payment_failed: {
      subject: 'Ihre Zahlung hat nicht geklappt',
      subjectWithOrder: 'Ihre Zahlung für die Bestellung {order} hat nicht geklappt',
      title: 'Ihre Zahlung hat nicht geklappt',
      lead: 'Hier können Sie die Zahlung noch einmal versuchen:',
      button: 'Erneut versuchen',
      withoutLink:
        'Um es noch einmal zu versuchen, gehen Sie bitte zurück zu dem Shop, in dem Sie bestellt haben, und bezahlen Sie dort.',
    },
    payment_received: {
      subject: 'Wir haben Ihre Zahlung erhalten',
      subjectWithOrder: 'Wir haben Ihre Zahlung für die Bestellung {order} erhalten',
      title: 'Wir haben Ihre Zahlung erhalten',
      text: 'Vielen Dank! Ihre Zahlung ist nun angekommen, Sie müssen nichts weiter tun.',
    },
    receipt: {
      subject: 'Beleg für Ihre Zahlung',
      subjectWithOrder: 'Beleg für Ihre Zahlung zur Bestellung {order}',
      title: 'Vielen Dank für Ihre Zahlung',
      text: 'Wir haben Ihre Zahlung erhalten. Bitte bewahren Sie diese Nachricht als Beleg auf.',
    },
    refund_note: {
      subject: 'Wir haben Ihnen Geld erstattet',
      subjectWithOrder: 'Erstattung zu Ihrer Bestellung {order}',
      title: 'Wir haben Ihnen Geld erstattet',
      text: 'Das Geld ist auf dem Weg zurück zu der Karte oder dem Konto, mit dem Sie bezahlt haben. Wann es dort ankommt, entscheidet Ihre Bank; es kann einige Tage dauern.',
    },
    reminder: {
      subject: 'Erinnerung: Ihre Zahlung ist noch offen',
      subjectWithOrder: 'Erinnerung: Ihre Zahlung für die Bestellung {order} ist noch offen',
      title: 'Ihre Zahlung ist noch offen',
      text: 'Die Zahlung für Ihre Bestellung ist bei uns noch nicht eingegangen. Sie können sie weiterhin vornehmen.',
      lead: 'Hier können Sie bezahlen:',
      button: 'Jetzt bezahlen',
      withoutLink: 'Um zu bezahlen, gehen Sie bitte zurück zu dem Shop, in dem Sie bestellt haben.',
    },
  },
  greeting: 'Guten Tag,',
  greetingWithName: 'Guten Tag {name},',
  order: 'Bestellung',
  amount: 'Betrag',
  refunded: 'Erstattet',
  refundedInTotal: 'Insgesamt erstattet',
  when: 'Datum',
  plainUrlLead: 'Falls die Schaltfläche nicht funktioniert, kopieren Sie diese Adresse in Ihren Browser:',
  alreadyPaid: 'Falls Sie diese Bestellung inzwischen bezahlt haben, können Sie diese Nachricht ignorieren.',
  nextAttempt: 'Ein weiterer automatischer Versuch ist für diesen Zeitpunkt geplant: {when}.',
  noNextAttempt: 'Ein weiterer automatischer Versuch ist nicht geplant.',
  automatic: 'Diese Nachricht wurde automatisch verschickt.',
  reasons: {
    declined:
      'Die Zahlung wurde abgelehnt. Bitte verwenden Sie eine andere Zahlungsart oder fragen Sie Ihre Bank oder Ihren Kartenanbieter.',
    insufficient_funds:
      'Für diese Zahlung war nicht genug Geld verfügbar. Bitte verwenden Sie eine andere Zahlungsart oder versuchen Sie es erneut, sobald das Konto gedeckt ist.',
    limit_exceeded:
      'Die Zahlung überschreitet ein Limit Ihrer Karte oder Ihres Kontos. Bitte verwenden Sie eine andere Zahlungsart oder fragen Sie Ihre Bank nach dem Limit.',
    expired_card: 'Die Karte ist abgelaufen. Bitte verwenden Sie eine andere Karte.',
    wrong_details:
      'Einige Karten- oder Adressangaben stimmten nicht. Bitte prüfen Sie Nummer, Ablaufdatum und Adresse und versuchen Sie es noch einmal.',
    wrong_security_code:
      'Die Prüfnummer der Karte stimmte nicht. Bitte prüfen Sie sie und versuchen Sie es noch einmal: Es sind die drei oder vier Ziffern, die auf der Karte stehen.',
    not_confirmed:
      'Ihre Bank konnte nicht bestätigen, dass die Zahlung von Ihnen kommt. Bitte versuchen Sie es noch einmal und schließen Sie den Schritt ab, um den Ihre Bank Sie bittet, zum Beispiel mit einem Code, einer PIN oder ihrer App.',
    method_not_supported:
      'Diese Karte oder dieses Konto kann für eine solche Zahlung nicht verwendet werden. Bitte verwenden Sie eine andere Zahlungsart oder lassen Sie sie von Ihrer Bank freischalten.',
    currency_not_supported:
      'Ihre Karte oder Ihr Konto unterstützt die Währung dieser Zahlung nicht. Bitte verwenden Sie eine andere Zahlungsart.',
    account_unusable:
      'Von diesem Konto konnte nicht gezahlt werden. Bitte prüfen Sie die Kontodaten oder die UPI-ID oder verwenden Sie eine andere Zahlungsart.',
    temporary_problem:
      'Während der Zahlung ist ein technisches Problem aufgetreten. Bitte versuchen Sie es in Kürze noch einmal.',
    timed_out: 'Die Zahlung wurde nicht rechtzeitig abgeschlossen. Bitte versuchen Sie es noch einmal.',
    cancelled:
      'Die Zahlung wurde abgebrochen, bevor sie abgeschlossen war. Wenn Sie weiterhin bezahlen möchten, versuchen Sie es bitte noch einmal.',
    duplicate:
      'Kurz zuvor wurde bereits eine gleiche Zahlung ausgeführt. Bitte prüfen Sie, ob Ihre Bestellung schon bezahlt ist, bevor Sie es noch einmal versuchen.',
  },
};
