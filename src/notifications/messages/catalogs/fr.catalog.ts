import type { Catalog } from './catalog.js';

export const fr: Catalog = {
  kinds: {
    payment_failed: {
      subject: 'Votre paiement n’a pas abouti',
      subjectWithOrder: 'Votre paiement pour la commande {order} n’a pas abouti',
      title: 'Votre paiement n’a pas abouti',
      lead: 'Vous pouvez réessayer le paiement ici :',
      button: 'Réessayer',
      withoutLink:
        'Pour réessayer, retournez sur la boutique où vous avez passé la commande et effectuez-y le paiement.',
    },
    payment_received: {
      subject: 'Nous avons bien reçu votre paiement',
      subjectWithOrder: 'Nous avons bien reçu votre paiement pour la commande {order}',
      title: 'Nous avons bien reçu votre paiement',
      text: 'Merci ! Votre paiement nous est bien parvenu, vous n’avez plus rien à faire.',
    },
    receipt: {
      subject: 'Reçu de votre paiement',
      subjectWithOrder: 'Reçu de votre paiement pour la commande {order}',
      title: 'Merci pour votre paiement',
      text: 'Nous avons bien reçu votre paiement. Veuillez conserver ce message comme reçu.',
    },
    refund_note: {
      subject: 'Nous avons effectué un remboursement',
      subjectWithOrder: 'Remboursement de votre commande {order}',
      title: 'Nous avons effectué un remboursement',
      text: 'L’argent est en route vers la carte ou le compte utilisé pour le paiement. Le délai dépend de votre banque et peut être de quelques jours.',
    },
    reminder: {
      subject: 'Rappel : votre paiement est toujours attendu',
      subjectWithOrder: 'Rappel : le paiement de votre commande {order} est toujours attendu',
      title: 'Votre paiement est toujours attendu',
      text: 'Nous n’avons pas encore reçu le paiement de votre commande. Vous pouvez encore l’effectuer.',
      lead: 'Vous pouvez payer ici :',
      button: 'Payer maintenant',
      withoutLink: 'Pour payer, retournez sur la boutique où vous avez passé la commande.',
    },
  },
  greeting: 'Bonjour,',
  greetingWithName: 'Bonjour {name},',
  order: 'Commande',
  amount: 'Montant',
  refunded: 'Remboursé',
  refundedInTotal: 'Remboursé au total',
  when: 'Date',
  plainUrlLead: 'Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :',
  alreadyPaid: 'Si vous avez réglé cette commande entre-temps, vous pouvez ignorer ce message.',
  nextAttempt: 'Une nouvelle tentative automatique est prévue à cette date : {when}.',
  noNextAttempt: 'Aucune autre tentative automatique n’est prévue.',
  automatic: 'Ce message a été envoyé automatiquement.',
  reasons: {
    declined:
      'Le paiement a été refusé. Veuillez utiliser un autre moyen de paiement ou contacter votre banque ou l’émetteur de votre carte.',
    insufficient_funds:
      'Les fonds disponibles ne suffisaient pas pour ce paiement. Veuillez utiliser un autre moyen de paiement ou réessayer lorsque le compte sera approvisionné.',
    limit_exceeded:
      'Le paiement dépasse un plafond de votre carte ou de votre compte. Veuillez utiliser un autre moyen de paiement ou vous renseigner auprès de votre banque.',
    expired_card: 'La carte a expiré. Veuillez utiliser une autre carte.',
    wrong_details:
      'Certaines informations de la carte ou de l’adresse étaient incorrectes. Veuillez vérifier le numéro, la date d’expiration et l’adresse, puis réessayer.',
    wrong_security_code:
      'Le code de sécurité de la carte était incorrect. Veuillez le vérifier et réessayer : ce sont les trois ou quatre chiffres imprimés sur la carte.',
    not_confirmed:
      'Votre banque n’a pas pu confirmer que le paiement venait de vous. Veuillez réessayer et suivre l’étape demandée par votre banque, par exemple un code, un code PIN ou son application.',
    method_not_supported:
      'Cette carte ou ce compte ne peut pas servir à ce type de paiement. Veuillez utiliser un autre moyen de paiement ou demander à votre banque de l’activer.',
    currency_not_supported:
      'Votre carte ou votre compte n’accepte pas la devise de ce paiement. Veuillez utiliser un autre moyen de paiement.',
    account_unusable:
      'Le paiement n’a pas pu être effectué depuis ce compte. Veuillez vérifier les coordonnées du compte ou l’identifiant UPI, ou utiliser un autre moyen de paiement.',
    temporary_problem:
      'Un problème technique est survenu pendant le paiement. Veuillez réessayer dans quelques instants.',
    timed_out: 'Le paiement n’a pas été terminé à temps. Veuillez réessayer.',
    cancelled:
      'Le paiement a été annulé avant d’être terminé. Si vous souhaitez toujours payer, veuillez réessayer.',
    duplicate:
      'Un paiement identique venait d’être effectué. Veuillez vérifier si votre commande est déjà payée avant de réessayer.',
  },
};
