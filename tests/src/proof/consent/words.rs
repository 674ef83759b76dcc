//! What the proof's guests write.

/// Plain ways to say no: each withdraws.
pub(super) const NO: [&str; 24] = [
    "STOP",
    "стоп",
    "Стоп!",
    " СТОП.\n",
    "«Стоп»",
    "Отписка",
    "отписаться",
    "Отпишите меня, пожалуйста",
    "Не пишите мне больше",
    "Больше не присылайте мне рекламу",
    "Уберите мой номер из рассылки",
    "unsubscribe",
    "Unsubscribe me please",
    "Please stop texting me",
    "Remove me from your list",
    "STOP STOP STOP",
    "стооооп",
    "cnjg",
    "ыещз",
    "CТOП",
    "с т о п",
    "S.T.O.P",
    "Стоп\n--\nАнна, +7 900 000-00-00",
    "/stop",
];

/// Answers about orders and food, which must change nothing.
pub(super) const ORDINARY: [&str; 12] = [
    "Стоп, где мой заказ?",
    "А до скольки вы работаете?",
    "Позиция в стоп-листе?",
    "Я не хочу ждать, заберу сам",
    "Не звоните в дверь, ребёнок спит",
    "Уберите лук, пожалуйста",
    "Can you stop by at seven?",
    "Подписка?",
    "Start?",
    "/start promo42",
    "Спасибо!",
    "ок",
];
