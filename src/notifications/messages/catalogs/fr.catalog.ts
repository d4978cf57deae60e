import type { Catalog } from './catalog.js';

export const fr: Catalog = {
  failedSubject: 'Votre paiement n’a pas abouti',
  failedSubjectWithOrder: 'Votre paiement pour la commande {order} n’a pas abouti',
  failedTitle: 'Votre paiement n’a pas abouti',
  receivedSubject: 'Nous avons bien reçu votre paiement',
  receivedSubjectWithOrder: 'Nous avons bien reçu votre paiement pour la commande {order}',
  receivedTitle: 'Nous avons bien reçu votre paiement',
  receivedText: 'Merci ! Votre paiement nous est bien parvenu, vous n’avez plus rien à faire.',
  greeting: 'Bonjour,',
  greetingWithName: 'Bonjour {name},',
  order: 'Commande',
  amount: 'Montant',
  when: 'Date',
  retryLead: 'Vous pouvez réessayer le paiement ici :',
  retryButton: 'Réessayer',
  plainUrlLead: 'Si le bouton ne fonctionne pas, copiez cette adresse dans votre navigateur :',
  retryWithoutLink:
    'Pour réessayer, retournez sur la boutique où vous avez passé la commande et effectuez-y le paiement.',
  alreadyPaid: 'Si vous avez réglé cette commande entre-temps, vous pouvez ignorer ce message.',
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
