//! Headings that files of both kinds share.

pub(super) const CUSTOMER_ID: &[&str] = &[
    "id клиента",
    "ид клиента",
    "код клиента",
    "номер клиента",
    "№ клиента",
    "клиент id",
    "идентификатор клиента",
    "id гостя",
    "код гостя",
    "номер гостя",
    "id покупателя",
    "код покупателя",
    "id пользователя",
    "customerid",
    "customer no",
    "customer number",
    "client id",
    "guest id",
    "user id",
];

pub(super) const PHONE: &[&str] = &[
    "телефон",
    "телефоны",
    "номер телефона",
    "телефон клиента",
    "телефон гостя",
    "мобильный телефон",
    "контактный телефон",
    "мобильный",
    "тел",
    "phone number",
    "mobile phone",
    "mobile",
    "tel",
];

pub(super) const RESTAURANT: &[&str] = &[
    "ресторан",
    "название ресторана",
    "заведение",
    "точка продаж",
    "торговая точка",
    "точка",
    "филиал",
    "подразделение",
    "кафе",
    "торговое предприятие",
    "restaurant name",
    "branch",
];

pub(super) const RESTAURANT_TIMEZONE: &[&str] = &[
    "часовой пояс ресторана",
    "часовой пояс точки",
    "часовой пояс филиала",
    "restaurant time zone",
];
