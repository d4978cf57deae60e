import type { Catalog } from './catalog.js';

export const es: Catalog = {
  kinds: {
    payment_failed: {
      subject: 'No se ha podido completar su pago',
      subjectWithOrder: 'No se ha podido completar el pago de su pedido {order}',
      title: 'No se ha podido completar su pago',
      lead: 'Puede volver a intentar el pago aquí:',
      button: 'Volver a intentarlo',
      withoutLink: 'Para volver a intentarlo, regrese a la tienda donde hizo el pedido y pague allí.',
    },
    payment_received: {
      subject: 'Hemos recibido su pago',
      subjectWithOrder: 'Hemos recibido el pago de su pedido {order}',
      title: 'Hemos recibido su pago',
      text: 'Muchas gracias. Su pago ya ha llegado y no tiene que hacer nada más.',
    },
    receipt: {
      subject: 'Recibo de su pago',
      subjectWithOrder: 'Recibo del pago de su pedido {order}',
      title: 'Gracias por su pago',
      text: 'Hemos recibido su pago. Conserve este mensaje como recibo.',
    },
    refund_note: {
      subject: 'Le hemos hecho un reembolso',
      subjectWithOrder: 'Reembolso de su pedido {order}',
      title: 'Le hemos hecho un reembolso',
      text: 'El dinero está de camino a la tarjeta o la cuenta con la que pagó. Su banco decide cuándo llega; puede tardar unos días.',
    },
    reminder: {
      subject: 'Recordatorio: su pago sigue pendiente',
      subjectWithOrder: 'Recordatorio: el pago de su pedido {order} sigue pendiente',
      title: 'Su pago sigue pendiente',
      text: 'Todavía no hemos recibido el pago de su pedido. Aún puede realizarlo.',
      lead: 'Puede pagar aquí:',
      button: 'Pagar ahora',
      withoutLink: 'Para pagar, regrese a la tienda donde hizo el pedido.',
    },
  },
  greeting: 'Hola:',
  greetingWithName: 'Hola, {name}:',
  order: 'Pedido',
  amount: 'Importe',
  refunded: 'Reembolsado',
  refundedInTotal: 'Reembolsado en total',
  when: 'Fecha',
  plainUrlLead: 'Si el botón no funciona, copie esta dirección en su navegador:',
  alreadyPaid: 'Si entretanto ya ha pagado este pedido, puede ignorar este mensaje.',
  nextAttempt: 'Hay otro intento automático previsto para esta fecha: {when}.',
  noNextAttempt: 'No hay previsto ningún otro intento automático.',
  automatic: 'Este mensaje se ha enviado automáticamente.',
  reasons: {
    declined:
      'El pago ha sido rechazado. Utilice otro medio de pago o consulte a su banco o al emisor de su tarjeta.',
    insufficient_funds:
      'No había saldo suficiente para este pago. Utilice otro medio de pago o vuelva a intentarlo cuando haya saldo.',
    limit_exceeded:
      'El pago supera un límite de su tarjeta o de su cuenta. Utilice otro medio de pago o consulte a su banco sobre el límite.',
    expired_card: 'La tarjeta está caducada. Utilice otra tarjeta.',
    wrong_details:
      'Algunos datos de la tarjeta o de la dirección no eran correctos. Revise el número, la fecha de caducidad y la dirección, y vuelva a intentarlo.',
    wrong_security_code:
      'El código de seguridad de la tarjeta no era correcto. Revíselo y vuelva a intentarlo: son las tres o cuatro cifras impresas en la tarjeta.',
    not_confirmed:
      'Su banco no ha podido confirmar que el pago fuera suyo. Vuelva a intentarlo y complete el paso que le pida su banco, por ejemplo un código, un PIN o su aplicación.',
    method_not_supported:
      'Esta tarjeta o cuenta no sirve para este tipo de pago. Utilice otro medio de pago o pida a su banco que lo active.',
    currency_not_supported:
      'Su tarjeta o cuenta no admite la moneda de este pago. Utilice otro medio de pago.',
    account_unusable:
      'No se ha podido pagar desde esta cuenta. Revise los datos de la cuenta o el ID de UPI, o utilice otro medio de pago.',
    temporary_problem:
      'Se ha producido un problema técnico durante el pago. Vuelva a intentarlo dentro de un rato.',
    timed_out: 'El pago no se completó a tiempo. Vuelva a intentarlo.',
    cancelled: 'El pago se canceló antes de completarse. Si todavía quiere pagar, vuelva a intentarlo.',
    duplicate:
      'Poco antes se había hecho un pago igual a este. Compruebe si su pedido ya está pagado antes de volver a intentarlo.',
  },
};
