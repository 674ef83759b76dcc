//! What guests write and what it says about marketing: the table `replies.tsv`, and the changes of spelling that must
//! not change the answer.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its readers of tables too"
)]

use bellhop_domain::opt_out::{Reading, Wish, read};
use proptest::prelude::*;
use std::time::{Duration, Instant};

const REPLIES: &str = include_str!("replies.tsv");

fn name(reading: Reading) -> &'static str {
    match reading {
        Reading::Sure { wish: Wish::Stop, .. } => "sure",
        Reading::Sure { wish: Wish::Start, .. } => "start",
        Reading::Doubtful { .. } => "doubt",
        Reading::Ordinary => "ordinary",
    }
}

/// `\n` and `\u{200b}`.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let (number, rest) = part.split_once('}').unwrap();
        whole.push(char::from_u32(u32::from_str_radix(number, 16).unwrap()).unwrap());
        whole.push_str(rest);
    }
    whole.replace("\\n", "\n")
}

fn replies() -> impl Iterator<Item = (&'static str, String)> {
    let lines = REPLIES
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| line.split_once('\t').unwrap())
        .map(|(expected, text)| (expected, unescaped(text)))
}

#[test]
fn every_reply_of_the_table_is_read_as_it_is_meant() {
    let wrong: Vec<_> = replies()
        .filter(|(expected, text)| name(read(text)) != *expected)
        .map(|(expected, text)| format!("{text:?}: expected {expected}, read {:?}", read(&text)))
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(replies().count() >= 200);
}

#[test]
fn the_proof_names_the_word_or_the_rule() {
    for (text, by) in [
        ("stop!", "STOP"),
        ("Стоп, спасибо", "СТОП"),
        ("arret", "ARRET"),
        ("больше мне не пишите", "больше не пишите"),
        ("please take me off", "take me off"),
    ] {
        assert_eq!(read(text), Reading::Sure { wish: Wish::Stop, by }, "{text}");
    }
    assert_eq!(
        read("старт"),
        Reading::Sure {
            wish: Wish::Start,
            by: "СТАРТ"
        }
    );
    assert_eq!(read("Хватит"), Reading::Doubtful { by: "ХВАТИТ" });
}

#[test]
fn a_text_of_any_length_is_read_at_once() {
    let endless = [
        "стоп ".repeat(20_000),
        "не ".repeat(30_000),
        "a".repeat(65_536),
        "a\u{301}".repeat(30_000),
        "\u{200b}".repeat(30_000),
        "s ".repeat(40_000),
        "> quoted\n".repeat(10_000),
        "\n".repeat(65_536),
        "не присылайте мне больше рекламу если ".repeat(1_500),
        "don't want to ".repeat(5_000),
        "stop-".repeat(15_000),
        "\"«".repeat(20_000),
        "unsubscribx ".repeat(6_000),
        "йй".repeat(30_000),
    ];
    read("the tables are read once");
    for text in endless {
        let begun = Instant::now();
        read(&text);
        // Generous for two thousand characters in a debug build on a busy machine; reading 64 KiB in quadratic time
        // would take minutes.
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "{:.20}…: {:?}",
            text,
            begun.elapsed()
        );
    }
    let below = format!("Отпишите меня\n{}", "> старое письмо\n".repeat(5_000));
    assert_eq!(name(read(&below)), "sure");
    let long = format!("Отпишите меня. {}", "слова ".repeat(10_000));
    assert_eq!(name(read(&long)), "sure");
}

/// Words whose reading does not depend on their spelling.
fn words() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "STOP",
        "СТОП",
        "отписка",
        "unsubscribe",
        "отпишите меня",
        "ARRÊT",
        "cancel",
        "end",
        "хватит",
        "отмена",
        "не интересно",
        "нет",
        "start",
        "старт",
        "подписаться",
        "заказ",
        "pizza",
        "не пишите мне",
    ])
}

fn around() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        " ",
        "\n",
        "  \t",
        "!",
        "...",
        "🙏",
        "👍🏽 ",
        "\u{200b}",
        "\u{feff}",
        "«",
        "»",
        "* ",
        " )) ",
    ])
}

fn polite() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop::sample::select(vec![
        ("", ""),
        ("", ", пожалуйста"),
        ("Здравствуйте! ", ""),
        ("Добрый день. ", ". Спасибо!"),
        ("please ", ""),
        ("Hello, ", ", thank you"),
    ])
}

fn cased(text: &str, upper: &[bool]) -> String {
    let letters = text.chars().zip(upper.iter().cycle());
    letters
        .flat_map(|(c, upper)| {
            if *upper {
                c.to_uppercase().collect::<Vec<_>>()
            } else {
                c.to_lowercase().collect()
            }
        })
        .collect()
}

proptest! {
    #[test]
    fn no_dress_changes_a_word(
        word in words(),
        upper in prop::collection::vec(any::<bool>(), 1..8),
        before in around(),
        after in around(),
        (greeting, thanks) in polite(),
    ) {
        let dressed = format!("{before}{greeting}{}{thanks}{after}", cased(word, &upper));
        prop_assert_eq!(read(&dressed), read(word), "{:?}", dressed);
    }

    #[test]
    fn invisible_characters_change_no_word(word in words(), at in 0_usize..8, invisible in "[\u{200b}-\u{200f}\u{2060}\u{ad}\u{fe0f}]") {
        let mut letters: Vec<char> = word.chars().collect();
        let at = at.min(letters.len());
        letters.splice(at..at, invisible.chars());
        let hidden: String = letters.into_iter().collect();
        prop_assert_eq!(read(&hidden), read(word), "{:?}", hidden);
    }

    #[test]
    fn a_question_never_gives_consent(text in "\\PC{0,30}", word in words()) {
        for asked in [format!("{text}?"), format!("{word}?"), format!("{text} {word}?"), format!("{word}? {text}")] {
            prop_assert_ne!(name(read(&asked)), "start", "{:?}", asked);
        }
    }

    #[test]
    fn only_the_words_themselves_give_consent(text in "[a-zа-я]{1,8}( [a-zа-я]{1,8}){0,3}", word in words()) {
        prop_assume!(!["please", "pls", "hi", "thanks", "hello"].iter().any(|polite| text.contains(polite)));
        prop_assert_ne!(name(read(&format!("{word} {text}"))), "start");
        prop_assert_ne!(name(read(&format!("/{word}"))), "start");
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        read(&text);
    }

    #[test]
    fn any_mixture_of_our_words_is_read(words in prop::collection::vec(prop_oneof![
        words().prop_map(str::to_owned),
        prop::sample::select(replies().map(|(_, text)| text).collect::<Vec<_>>()),
        "[-.,!?\"«»()/#@\n' ]{0,3}",
    ], 0..12)) {
        read(&words.concat());
    }
}
