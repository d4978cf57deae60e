import type { Catalog } from './catalog.js';

export const en: Catalog = {
  kinds: {
    payment_failed: {
      subject: 'Your payment did not go through',
      subjectWithOrder: 'Your payment for order {order} did not go through',
      title: 'Your payment did not go through',
      lead: 'You can try the payment again here:',
      button: 'Try again',
      withoutLink: 'To try again, please go back to the shop where you placed the order and pay there.',
    },
    payment_received: {
      subject: 'We have received your payment',
      subjectWithOrder: 'We have received your payment for order {order}',
      title: 'We have received your payment',
      text: 'Thank you. Your payment has now arrived, and there is nothing left for you to do.',
    },
    receipt: {
      subject: 'Receipt for your payment',
      subjectWithOrder: 'Receipt for your payment for order {order}',
      title: 'Thank you for your payment',
      text: 'We have received your payment. Please keep this message as your receipt.',
    },
    refund_note: {
      subject: 'We have sent you a refund',
      subjectWithOrder: 'Refund for your order {order}',
      title: 'We have sent you a refund',
      text: 'The money is on its way back to the card or account that you paid with. Your bank decides when it arrives there, which may take a few days.',
    },
    reminder: {
      subject: 'Reminder: your payment is still open',
      subjectWithOrder: 'Reminder: your payment for order {order} is still open',
      title: 'Your payment is still open',
      text: 'We have not received the payment for your order yet. You can still make it.',
      lead: 'You can pay here:',
      button: 'Pay now',
      withoutLink: 'To pay, please go back to the shop where you placed the order.',
    },
  },
  greeting: 'Hello,',
  greetingWithName: 'Hello {name},',
  order: 'Order',
  amount: 'Amount',
  refunded: 'Refunded',
  refundedInTotal: 'Refunded in total',
  when: 'Date',
  plainUrlLead: 'If the button does not work, copy this address into your browser:',
  alreadyPaid: 'If you have paid for this order in the meantime, you can ignore this message.',
  nextAttempt: 'Another automatic attempt is planned for {when}.',
  noNextAttempt: 'No further automatic attempt is planned.',
  automatic: 'This message was sent automatically.',
  reasons: {
    declined:
      'The payment was declined. Please use another payment method, or ask your bank or card provider.',
    insufficient_funds:
      'There was not enough money available for this payment. Please use another payment method, or try again once there is.',
    limit_exceeded:
      'The payment goes over a limit set for your card or account. Please use another payment method, or ask your bank about the limit.',
    expired_card: 'The card has expired. Please use another card.',
    wrong_details:
      'Some of the card or address details were not right. Please check the number, the expiry date and the address, and try again.',
    wrong_security_code:
      'The security code of the card was not right. Please check it and try again: it is the three or four digits printed on the card.',
    not_confirmed:
      'Your bank could not confirm that the payment came from you. Please try again and complete the step your bank asks for, such as a code, a PIN or its app.',
    method_not_supported:
      'This card or account cannot be used for this kind of payment. Please use another payment method, or ask your bank to enable it.',
    currency_not_supported:
      'Your card or account does not support the currency of this payment. Please use another payment method.',
    account_unusable:
      'The payment could not be made from this account. Please check the account details or UPI ID, or use another payment method.',
    temporary_problem:
      'There was a technical problem while the payment was being made. Please try again in a little while.',
    timed_out: 'The payment was not completed in time. Please try again.',
    cancelled:
      'The payment was cancelled before it was complete. If you still want to pay, please try again.',
    duplicate:
      'A payment just like this one was made a moment earlier. Please check whether your order is already paid before you try again.',
  },
};
