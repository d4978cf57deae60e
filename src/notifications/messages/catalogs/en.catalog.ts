import type { Catalog } from './catalog.js';

export const en: Catalog = {
  failedSubject: 'Your payment did not go through',
  failedSubjectWithOrder: 'Your payment for order {order} did not go through',
  failedTitle: 'Your payment did not go through',
  receivedSubject: 'We have received your payment',
  receivedSubjectWithOrder: 'We have received your payment for order {order}',
  receivedTitle: 'We have received your payment',
  receivedText: 'Thank you. Your payment has now arrived, and there is nothing left for you to do.',
  greeting: 'Hello,',
  greetingWithName: 'Hello {name},',
  order: 'Order',
  amount: 'Amount',
  when: 'Date',
  retryLead: 'You can try the payment again here:',
  retryButton: 'Try again',
  plainUrlLead: 'If the button does not work, copy this address into your browser:',
  retryWithoutLink: 'To try again, please go back to the shop where you placed the order and pay there.',
  alreadyPaid: 'If you have paid for this order in the meantime, you can ignore this message.',
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
