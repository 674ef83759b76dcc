use super::super::receipt::{IdForm, ReceiptText, State};
use crate::ReceiptStatus;
use proptest::prelude::*;

fn text(id: &str, stat: &str, err: &str, done: &str) -> ReceiptText {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ReceiptText {
        id: some(id),
        stat: some(stat),
        err: some(err),
        done: some(done),
        ..ReceiptText::default()
    }
}

fn four(read: ReceiptText) -> ReceiptText {
    ReceiptText {
        submitted: None,
        delivered: None,
        begins_as_one: false,
        ..read
    }
}

#[test]
fn the_text_in_all_its_shapes() {
    for (written, expected) in [
        (
            "id:0123456789 sub:001 dlvrd:001 submit date:2603010900 done date:2603010901 stat:DELIVRD err:000 text:Pizza",
            text("0123456789", "DELIVRD", "000", "2603010901"),
        ),
        // Capitals, another order, seconds.
        (
            "STAT:undeliv ERR:69 Done Date:260301090159 ID:af-01 TEXT:",
            text("af-01", "UNDELIV", "69", "260301090159"),
        ),
        ("id:7 stat:EXPIRED", text("7", "EXPIRED", "", "")),
        ("stat: REJECTD id: 9 ", text("9", "REJECTD", "", "")),
        ("id:\tA stat:DELIVRD", text("A", "DELIVRD", "", "")),
        // Other separators, names and marks; lines.
        (
            "id:7,sub:001,stat:DELIVRD,err:0x1F,text:a",
            text("7", "DELIVRD", "0x1F", ""),
        ),
        ("id:7;stat:EXPIRED;err:A1;", text("7", "EXPIRED", "A1", "")),
        ("id:7\r\nstat:DELIVRD\r\nerr:000", text("7", "DELIVRD", "000", "")),
        ("id=7&stat=DELIVRD&err=0", text("7", "DELIVRD", "0", "")),
        ("id : 7 stat : DELIVRD", text("7", "DELIVRD", "", "")),
        ("id:\"7\" stat:'DELIVRD'", text("7", "DELIVRD", "", "")),
        (
            "Message_ID:7 Submit_Date:2603010900 done-date:2603010901 Status:Delivered error code:0",
            text("7", "DELIVERED", "0", "2603010901"),
        ),
        (
            "msgid:7 donedate:2026-03-01 09:01:05 state:2",
            text("7", "2", "", "2026-03-01 09:01:05"),
        ),
        (
            "id:e9b4a2f0-07c1 stat:DELIVRD",
            text("e9b4a2f0-07c1", "DELIVRD", "", ""),
        ),
        ("guest-id:7 stat:DELIVRD", text("", "DELIVRD", "", "")),
        ("id:7 stat:DELIVRD текст: id:8", text("7", "DELIVRD", "", "")),
        // Words from the message are not the operator's.
        ("id:7 stat:UNDELIV text:id:8 stat:DELIVRD", text("7", "UNDELIV", "", "")),
        ("id:7 text:stat:DELIVRD", text("7", "", "", "")),
        // Unless there is nothing else, in whatever order.
        ("text:Pizza id:7 stat:DELIVRD", text("7", "DELIVRD", "", "")),
        ("id: stat: err:", text("", "", "", "")),
        ("grid:7", text("", "", "", "")),
        ("", text("", "", "", "")),
    ] {
        assert_eq!(four(ReceiptText::read(written)), expected, "{written:?}");
    }
}

proptest! {
    #[test]
    fn fields_are_found_in_any_order_and_case(
        order in Just(vec![0, 1, 2, 3, 4, 5]).prop_shuffle(),
        capitals: bool,
        id in "[0-9A-Fa-f]{1,20}",
        stat in prop_oneof![Just("DELIVRD"), Just("UNDELIV"), Just("ACCEPTD")],
        gap in "[ ]{1,3}",
    ) {
        let fields = [
            ("id", id.as_str()), ("sub", "001"), ("dlvrd", "001"),
            ("done date", "2603010901"), ("stat", stat), ("err", "000"),
        ];
        let write = |at: &usize| {
            let (name, value) = fields[*at];
            let name = if capitals { name.to_uppercase() } else { name.to_owned() };
            format!("{name}:{value}")
        };
        let written: Vec<_> = order.iter().map(write).collect();
        let read = ReceiptText::read(&written.join(&gap));
        prop_assert_eq!((read.submitted, read.delivered, read.is_plainly_a_receipt()), (Some(1), Some(1), true));
        prop_assert_eq!(four(read), text(&id, stat, "000", "2603010901"));
    }

    #[test]
    fn any_text_is_read_without_harm(written in "\\PC{0,200}|(id:|text:|stat:|done date:| |[а-я]){0,30}") {
        ReceiptText::read(&written);
    }
}

/// PROVIDERS.md §4.4, row by row.
#[test]
fn every_state() {
    let undelivered = |why: &str| ReceiptStatus::Undelivered {
        why: why.to_owned(),
        gone: false,
    };
    for (number, stat, status) in [
        (1, "ENROUTE", ReceiptStatus::Pending),
        (2, "DELIVRD", ReceiptStatus::Delivered),
        (3, "EXPIRED", undelivered("EXPIRED: not delivered in time (err 42)")),
        (4, "DELETED", undelivered("DELETED: deleted by the operator (err 42)")),
        (5, "UNDELIV", undelivered("UNDELIV: cannot be delivered (err 42)")),
        (6, "ACCEPTD", ReceiptStatus::Pending),
        (7, "UNKNOWN", ReceiptStatus::Pending),
        (
            8,
            "REJECTD",
            ReceiptStatus::Rejected {
                why: "REJECTD: refused by the operator: a filter or a block (err 42)".to_owned(),
            },
        ),
    ] {
        let state = State::of_stat(stat);
        assert_eq!(State::of_tlv(number), state, "{stat}");
        assert_eq!(state.unwrap().status(Some("42")), status, "{stat}");
    }
    assert_eq!(State::of_tlv(0), Some(State::Enroute));
    assert_eq!((State::of_tlv(10), State::of_stat("LOST")), (None, None));
    for err in ["000", "0x00", "0"] {
        assert_eq!(
            State::Expired.status(Some(err)),
            undelivered("EXPIRED: not delivered in time"),
            "an error of zero is none"
        );
    }
    for (stat, state) in [
        ("Delivered", State::Delivered),
        ("DELIVERD", State::Delivered),
        ("DLVRD", State::Delivered),
        ("2", State::Delivered),
        ("002", State::Delivered),
        ("delivrd.", State::Delivered),
        ("UNDELIVRD", State::Undeliverable),
        ("not_delivered", State::Undeliverable),
        ("DELIVERY_FAILED", State::Undeliverable),
        ("FAILED", State::Undeliverable),
        ("UNDLVRD", State::Undeliverable),
        ("expird", State::Expired),
        ("DELETD", State::Deleted),
        ("REJCTED", State::Rejected),
        ("BUFFRED", State::Enroute),
        ("EN_ROUTE", State::Enroute),
        ("ACCEPTED", State::Accepted),
        ("UNKNOWND", State::Unknown),
    ] {
        assert_eq!(State::of_stat(stat), Some(state), "{stat}");
    }
}

#[test]
fn a_receipt_without_a_state_says_it_by_its_counts() {
    for (submitted, delivered, err, expected) in [
        (Some(1), Some(1), Some("000"), Some(State::Delivered)),
        (None, Some(1), None, Some(State::Delivered)),
        (Some(2), Some(1), Some("000"), None),
        (Some(1), Some(0), Some("000"), None),
        (Some(1), Some(1), Some("005"), None),
        (Some(1), None, Some("000"), None),
    ] {
        assert_eq!(
            State::of_counts(submitted, delivered, err),
            expected,
            "{submitted:?} {delivered:?}"
        );
    }
}

#[test]
fn ids_meet_whatever_way_they_are_written() {
    for (submit, answered, receipt, reported) in [
        (IdForm::AsIs, "0aF-1", IdForm::AsIs, "0aF-1"),
        (IdForm::Hex, "1F", IdForm::Decimal, "31"),
        (IdForm::Hex, "0x001f", IdForm::Decimal, "0000000031"),
        (IdForm::Decimal, "31", IdForm::Hex, "1f"),
        (IdForm::Hex, "00AB", IdForm::Hex, "ab"),
        (IdForm::Decimal, "0007", IdForm::Decimal, "7"),
        (IdForm::Hex, "not hex", IdForm::AsIs, "not hex"),
        (IdForm::AsIs, "000020012001", IdForm::AsIs, "20012001"),
        (IdForm::AsIs, "2002AF3C", IdForm::AsIs, "2002af3c"),
        (IdForm::AsIs, "0x2002AF3C", IdForm::AsIs, "2002AF3C"),
    ] {
        assert_eq!(
            submit.normal(answered),
            receipt.normal(reported),
            "{answered} {reported}"
        );
    }
    assert_ne!(IdForm::AsIs.normal("1F"), IdForm::AsIs.normal("31"));
    let long = "f".repeat(40);
    assert_eq!(IdForm::Hex.normal(&long), long, "longer than 128 bits");
    assert_eq!(IdForm::Decimal.normal("+5"), "+5", "a sign is no digit");
}
