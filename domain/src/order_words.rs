//! How CRMs, cash desks and people name the statuses of orders, in English and in Russian.

use crate::order::OrderStatus::{self, *};

/// In lower case, without points, with `е` for `ё` and `_` for spaces and hyphens. A Russian participle stands
/// without its ending.
const WORDS: &[(OrderStatus, &[&str])] = &[
    (
        Placed,
        &[
            "new",
            "created",
            "accepted",
            "confirmed",
            "unconfirmed",
            "pending",
            "received",
            "paid",
            "нов",
            "создан",
            "принят",
            "оформлен",
            "подтвержден",
            "неподтвержден",
            "не_подтвержден",
            "ожидает",
            "ожидает_подтверждения",
            "ожидание",
            "в_обработке",
            "обрабатывается",
            "оплачен",
            "поступил",
            "размещен",
            "отложен",
        ],
    ),
    (
        Cooking,
        &[
            "preparing",
            "in_progress",
            "in_kitchen",
            "ready",
            "cooked",
            "готовится",
            "на_кухне",
            "в_работе",
            "приготовлен",
            "готов",
            "собран",
            "собирается",
            "комплектуется",
            "ждет_отправки",
            "ожидает_отправки",
            "ожидает_курьера",
            "готов_к_выдаче",
            "готов_к_отправке",
        ],
    ),
    (
        OnItsWay,
        &[
            "on_the_way",
            "on_way",
            "in_transit",
            "delivering",
            "in_delivery",
            "out_for_delivery",
            "shipped",
            "sent",
            "dispatched",
            "courier",
            "в_пути",
            "доставляется",
            "в_доставке",
            "на_доставке",
            "у_курьера",
            "передан_курьеру",
            "курьер_в_пути",
            "отправлен",
            "едет",
        ],
    ),
    (
        Delivered,
        &[
            "complete",
            "completed",
            "done",
            "closed",
            "finished",
            "fulfilled",
            "picked_up",
            "successful",
            "доставлен",
            "выполнен",
            "завершен",
            "закрыт",
            "исполнен",
            "вручен",
            "выдан",
            "получен",
            "успешно_доставлен",
            "успешно_завершен",
            "успешно",
            "доставлен_клиенту",
            "выдан_клиенту",
            "оплачен_и_доставлен",
            "доставлен_и_оплачен",
        ],
    ),
    (
        Cancelled,
        &[
            "canceled",
            "cancel",
            "rejected",
            "declined",
            "refused",
            "refunded",
            "refund",
            "returned",
            "void",
            "voided",
            "failed",
            "not_delivered",
            "undelivered",
            "отменен",
            "отмена",
            "отказ",
            "отказ_клиента",
            "отклонен",
            "аннулирован",
            "возврат",
            "возвращен",
            "удален",
            "не_доставлен",
            "недоставлен",
            "не_выполнен",
            "не_состоялся",
            "отменен_клиентом",
            "отменен_рестораном",
            "отменен_оператором",
            "клиент_отказался",
        ],
    ),
];

impl OrderStatus {
    /// Reads a status as CRMs name it, in any case, in English or in Russian (`Доставлен`, `on its way`, `canceled`).
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|status| status.name() == text)
            .or_else(|| status(text))
    }
}

/// The status that a word means, if any.
fn status(text: &str) -> Option<OrderStatus> {
    let text = text.trim().trim_matches(['.', '!', '"', '«', '»']).to_lowercase();
    let words = text.split(|c: char| c.is_whitespace() || c == '-' || c == '_');
    let word = words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("_")
        .replace('ё', "е");
    let exact = |word: &str| {
        let named = OrderStatus::ALL.into_iter().find(|status| status.name() == word);
        let known = || WORDS.iter().find(|(_, words)| words.contains(&word));
        named.or_else(|| known().map(|(status, _)| *status))
    };
    exact(&word).or_else(|| {
        // Доставлена, доставлено, доставлены; новый, новая, новое.
        let endings = ["ый", "ая", "ое", "ые", "а", "о", "ы"];
        endings.iter().find_map(|ending| exact(word.strip_suffix(ending)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_known_in_the_words_of_their_systems() {
        for (word, status) in [
            ("Доставлен", Delivered),
            ("доставлена", Delivered),
            ("ДОСТАВЛЕНО", Delivered),
            ("Выполнен", Delivered),
            ("Завершён", Delivered),
            ("Закрыт.", Delivered),
            ("Completed", Delivered),
            ("Отменён", Cancelled),
            ("отменена", Cancelled),
            ("Отмена", Cancelled),
            ("Возврат", Cancelled),
            ("Не доставлен", Cancelled),
            ("canceled", Cancelled),
            ("Новый", Placed),
            ("Новая", Placed),
            ("Принят", Placed),
            ("Готовится", Cooking),
            ("Готов", Cooking),
            ("Ждёт отправки", Cooking),
            ("В пути", OnItsWay),
            ("передан курьеру", OnItsWay),
            ("On its way", OnItsWay),
            ("out for delivery", OnItsWay),
        ] {
            assert_eq!(super::status(word), Some(status), "{word}");
        }
        for word in ["", "съеден", "частично доставлен", "eaten", "4", "а", "ый"] {
            assert_eq!(super::status(word), None, "{word}");
        }
    }

    #[test]
    fn no_word_means_two_statuses() {
        let mut all: Vec<_> = WORDS.iter().flat_map(|(_, words)| words.iter()).collect();
        all.sort();
        let words = all.len();
        all.dedup();
        assert_eq!(all.len(), words);
    }
}
