use super::*;

fn rub(text: &str) -> Result<String, AmountError> {
    read(text, "RUB").map(|money| money.to_string())
}

#[test]
fn amounts_are_read_as_a_human_reads_them() {
    for (text, amount) in [
        ("1250", "1250.00"),
        ("1250.5", "1250.50"),
        ("1250,50", "1250.50"),
        ("1250,5", "1250.50"),
        ("1 250", "1250.00"),
        ("1\u{A0}250,50", "1250.50"),
        ("1\u{202F}250,00", "1250.00"),
        ("12\u{2009}345\u{2009}678,9", "12345678.90"),
        ("1 250.50", "1250.50"),
        ("1.250,50", "1250.50"),
        ("1,250.50", "1250.50"),
        ("1.250.000", "1250000.00"),
        ("1,250,000", "1250000.00"),
        ("1'250.50", "1250.50"),
        ("1 250,500", "1250.50"),
        ("1250,500", "1250.50"),
        ("0,250", "0.25"),
        (",5", "0.50"),
        ("0", "0.00"),
        ("0,0079", "0.0079"),
        ("1250.0000", "1250.00"),
        ("1250,50 ₽", "1250.50"),
        ("1250.50 руб.", "1250.50"),
        ("1250,50р.", "1250.50"),
        ("₽ 1 250", "1250.00"),
        ("RUB 1250", "1250.00"),
        ("1 250,50\u{A0}рублей", "1250.50"),
        ("1250 руб. 50 коп.", "1250.50"),
        ("1250₽ 05 коп", "1250.05"),
        ("1250,-", "1250.00"),
        ("'1250", "1250.00"),
        ("+1250", "1250.00"),
        ("-1250,50", "-1250.50"),
        ("(1 250)", "-1250.00"),
        ("−5", "-5.00"),
    ] {
        assert_eq!(rub(text).as_deref(), Ok(amount), "{text:?}");
    }
}

#[test]
fn what_may_be_two_amounts_is_none() {
    for (text, one, other) in [
        ("1,250", "1250", "1.25"),
        ("1.250", "1250", "1.25"),
        ("990.000", "990000", "990"),
        ("12,345 ₽", "12345", "12.345"),
    ] {
        let ambiguous = AmountError::Ambiguous(one.to_owned(), other.to_owned());
        assert_eq!(rub(text), Err(ambiguous), "{text:?}");
    }
}

#[test]
fn what_is_no_amount_says_why() {
    use AmountError::*;
    for (text, error) in [
        ("", Unreadable),
        ("ten", Unreadable),
        ("1,25E+03", Power),
        ("1.25e-03", Power),
        ("125О0", Character('О')),
        ("12/50", Character('/')),
        ("1250-50", Character('-')),
        ("1250 50", Groups),
        ("12 50,00", Groups),
        ("1.2.3,5", Groups),
        ("1,250,5", Groups),
        ("1 250,5 0", Groups),
        ("1250 $", Foreign("$".to_owned(), "RUB".to_owned())),
        ("1250 EUR", Foreign("EUR".to_owned(), "RUB".to_owned())),
        ("1250 (без скидки)", Word("(без скидки)".to_owned())),
        ("1250 шт", Word("шт".to_owned())),
        ("1250-", Sign('-')),
        ("125О", Sign('О')),
        ("1250.49999999998", TooFine),
        ("99999999999999999999", TooLarge),
        ("1250 руб. 500 коп.", Unreadable),
    ] {
        assert_eq!(rub(text), Err(error), "{text:?}");
    }
    assert_eq!(read("15 $", "USD"), Ok(Money(150_000)));
    assert_eq!(read("1 500 тг", "KZT"), Ok(Money(15_000_000)));
    assert_eq!(read("12,40 руб", "BYN"), Ok(Money(124_000)));
}

#[test]
fn the_quick_way_reads_as_the_slow_one() {
    for whole in ["0", "7", "0012", "990", "123456789012"] {
        for fraction in ["", ".0", ".5", ".05", ".99"] {
            let text = format!("{whole}{fraction}");
            assert_eq!(plain(&text), decimal(&text).ok(), "{text}");
        }
    }
}
