//! Currencies as they are named beside an amount.

/// What a word beside an amount means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A sign or a word that stands for any of these currencies (ISO 4217).
    Of(&'static [&'static str]),
    /// A currency's code.
    Code(String),
    Unknown,
}

/// In lower case, without points. Several countries have roubles or dollars.
const SIGNS: &[(&[&str], &[&str])] = &[
    (
        &[
            "₽",
            "р",
            "руб",
            "рубль",
            "рубля",
            "рублей",
            "rub",
            "rur",
            "rouble",
            "roubles",
            "ruble",
            "rubles",
        ],
        &["RUB", "BYN"],
    ),
    (
        &["$", "dollar", "dollars", "доллар", "доллара", "долларов", "долл"],
        &["USD", "CAD", "AUD", "SGD", "MXN", "ARS", "CLP"],
    ),
    (&["€", "евро", "euro", "euros"], &["EUR"]),
    (&["£"], &["GBP"]),
    (&["₸", "тг", "тенге"], &["KZT"]),
    (&["₴", "грн", "гривна", "гривны", "гривен"], &["UAH"]),
    (&["br", "бел руб", "бр"], &["BYN"]),
    (&["сум", "сумов", "so'm", "soʻm", "som", "sum"], &["UZS", "KGS"]),
    (&["сом", "сомов", "с", "⃀"], &["KGS"]),
    (&["֏", "драм", "драмов"], &["AMD"]),
    (&["₾", "лари"], &["GEL"]),
    (&["₼", "манат", "манатов"], &["AZN"]),
    (&["zł", "zl"], &["PLN"]),
    (&["₺", "tl"], &["TRY"]),
    (&["lei", "лей", "леев"], &["MDL", "RON"]),
    (&["¥"], &["JPY", "CNY"]),
    (&["r$"], &["BRL"]),
];

/// Reads a word or a sign.
pub(crate) fn read(word: &str) -> Sign {
    let word = normal(word);
    if let Some((_, codes)) = SIGNS.iter().find(|(names, _)| names.contains(&word.as_str())) {
        return Sign::Of(codes);
    }
    if word.len() == 3 && word.bytes().all(|b| b.is_ascii_lowercase()) {
        return Sign::Code(word.to_ascii_uppercase());
    }
    Sign::Unknown
}

/// Whether a word means the hundredth part of the currency.
pub(crate) fn is_hundredth(word: &str) -> bool {
    let word = normal(word);
    matches!(word.as_str(), "коп" | "копейка" | "копейки" | "копеек" | "к")
}

fn normal(word: &str) -> String {
    word.trim().trim_matches('.').trim().to_lowercase()
}
