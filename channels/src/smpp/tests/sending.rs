use super::operator::{Do, Operator, answering, polite, refusing, resp, say};
use super::{smpp, sms};
use crate::{Content, OutgoingMessage, Provider, Push};
use bellhop_domain::Outcome;
use rusmpp::pdus::SubmitSmResp;
use rusmpp::tlvs::TlvTag;
use rusmpp::values::{Npi, Ton};
use rusmpp::{CommandId, Pdu};
use serde_json::json;
use std::time::Duration;

fn accepted(id: &str, parts: u16) -> Outcome {
    Outcome::Accepted {
        provider_id: Some(id.to_owned()),
        cost: None,
        parts: Some(parts),
    }
}

#[tokio::test]
async fn one_part_with_all_its_fields() {
    let operator = Operator::start(polite()).await;
    let smpp = smpp(operator.port, json!({"system_type": "OTA"}));
    assert_eq!(smpp.send(&sms("Pizza €5")).await, accepted("1", 1));
    let binds = operator.heard(CommandId::BindTransceiver);
    let [(_, bind)] = binds.as_slice() else {
        panic!("{binds:?}")
    };
    let Some(Pdu::BindTransceiver(fields)) = bind.pdu() else {
        panic!()
    };
    assert_eq!(
        (
            fields.system_id.as_str(),
            fields.password.as_str(),
            fields.system_type.as_str()
        ),
        ("brand", "p&ss", "OTA")
    );
    assert_eq!((u8::from(fields.interface_version), bind.sequence_number()), (0x34, 1));
    let (_, part) = &operator.submitted()[0];
    assert_eq!(
        (part.source_addr_ton, part.source_addr_npi, part.source_addr.as_str()),
        (Ton::Alphanumeric, Npi::Unknown, "PIZZA")
    );
    assert_eq!(
        (part.dest_addr_ton, part.dest_addr_npi, part.destination_addr.as_str()),
        (Ton::International, Npi::Isdn, "79990000000")
    );
    assert_eq!((u8::from(part.esm_class), u8::from(part.data_coding)), (0, 0));
    assert_eq!(part.validity_period.as_str(), "000000013000000R");
    assert_eq!(u8::from(part.registered_delivery), 1);
    assert_eq!(part.short_message().as_ref(), b"Pizza \x1b\x655");
    assert!(part.tlvs().is_empty() && part.service_type.value().is_empty());
}

#[tokio::test]
async fn parts_go_in_order_over_one_session_and_the_last_ones_receipt_counts() {
    let operator = Operator::start(polite()).await;
    let smpp = smpp(operator.port, json!({"binds": 3}));
    let text = format!("{}Б", "я".repeat(134));
    assert_eq!(smpp.send(&sms(&text)).await, accepted("3", 3));
    let parts = operator.submitted();
    assert_eq!(parts.len(), 3);
    let first = parts[0].1.short_message().as_ref();
    for (number, (connection, part)) in (1..).zip(&parts) {
        assert_eq!(*connection, parts[0].0);
        let octets = part.short_message().as_ref();
        assert_eq!(octets[..6], [5, 0, 3, first[3], 3, number]);
        assert_eq!(u8::from(part.esm_class), 0x40);
        assert_eq!(u8::from(part.registered_delivery), u8::from(number == 3));
    }
    assert_eq!(smpp.send(&sms(&text)).await, accepted("6", 3));
    assert_ne!(
        operator.submitted()[3].1.short_message().as_ref()[3],
        first[3],
        "another message, another reference"
    );
}

#[tokio::test]
async fn every_way_of_concatenation() {
    let operator = Operator::start(polite()).await;
    let text = "я".repeat(71);
    let tags = |at: usize| -> Vec<TlvTag> {
        operator.submitted()[at]
            .1
            .tlvs()
            .iter()
            .map(rusmpp::tlvs::Tlv::tag)
            .collect()
    };
    let send = async |keys| smpp(operator.port, keys).send(&sms(&text)).await;
    assert_eq!(send(json!({"concatenation": "udh16"})).await, accepted("2", 2));
    assert_eq!(operator.submitted()[0].1.short_message().as_ref()[..3], [6, 8, 4]);
    assert_eq!(send(json!({"concatenation": "sar"})).await, accepted("4", 2));
    assert_eq!(
        tags(2),
        [TlvTag::SarMsgRefNum, TlvTag::SarTotalSegments, TlvTag::SarSegmentSeqnum]
    );
    assert_eq!(
        u8::from(operator.submitted()[2].1.esm_class),
        0,
        "either a header or the TLVs"
    );
    assert_eq!(
        send(json!({"concatenation": "message_payload"})).await,
        accepted("5", 2)
    );
    let (_, whole) = &operator.submitted()[4];
    assert_eq!((tags(4), whole.sm_length()), (vec![TlvTag::MessagePayload], 0));
    assert_eq!(u8::from(whole.registered_delivery), 1);
}

#[tokio::test]
async fn a_refusal_costs_one_submission() {
    for (status, class) in [
        (0x58, "Throttled { scope: Sender, after: Some(1s), why: \"RTHROTTLED"),
        (0x14, "Retry { after: Some(5s), why: \"RMSGQFUL"),
        (0x0B, "RecipientGone { since: None, why: \"RINVDSTADR"),
        (0x400, "Failed { why: \"0x00000400"),
    ] {
        let operator = Operator::start(answering(move |_, c| vec![say(status, c, SubmitSmResp::default())])).await;
        let outcome = smpp(operator.port, json!({})).send(&sms(&"я".repeat(200))).await;
        assert!(format!("{outcome:?}").starts_with(class), "{outcome:?}");
        assert_eq!(operator.submitted().len(), 1, "no part follows a refused one");
    }
}

#[tokio::test]
async fn a_nack_is_a_refusal() {
    let operator = Operator::start(answering(|_, c| vec![say(2, c, Pdu::GenericNack)])).await;
    let outcome = smpp(operator.port, json!({})).send(&sms("Hi")).await;
    assert!(
        format!("{outcome:?}").starts_with("Rejected { why: \"RINVCMDLEN"),
        "{outcome:?}"
    );
}

/// `generic_nack` is the answer to a PDU whose header could not be read. With any other status it does not say
/// whether the message was accepted.
#[tokio::test]
async fn a_nack_that_names_no_refusal_is_in_doubt() {
    for (status, class) in [
        (0x00, "Unknown { why: \"generic_nack with status 0x00000000"),
        (0xFF, "Unknown { why: \"generic_nack with RUNKNOWNERR"),
        (0x08, "Unknown { why: \"generic_nack with RSYSERR"),
        (0x45, "Unknown { why: \"generic_nack with RSUBMITFAIL"),
        (0x777, "Unknown { why: \"generic_nack with 0x00000777"),
        (0x02, "Rejected { why: \"RINVCMDLEN"),
        (0x03, "Rejected { why: \"RINVCMDID"),
        (0x04, "Retry { after: None, why: \"RINVBNDSTS"),
        (0x14, "Retry { after: Some(5s), why: \"RMSGQFUL"),
        (0x58, "Throttled { scope: Sender, after: Some(1s), why: \"RTHROTTLED"),
    ] {
        let operator = Operator::start(answering(move |_, c| vec![say(status, c, Pdu::GenericNack)])).await;
        let outcome = smpp(operator.port, json!({})).send(&sms("Hi")).await;
        assert!(format!("{outcome:?}").starts_with(class), "{status:#x}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_message_that_went_in_part_says_so() {
    let script = answering(|number, c| match number {
        0 => vec![say(0, c, resp("a"))],
        _ => vec![say(0x58, c, SubmitSmResp::default())],
    });
    let operator = Operator::start(script).await;
    let outcome = smpp(operator.port, json!({})).send(&sms(&"я".repeat(200))).await;
    let expected = "RTHROTTLED: faster than the contract allows (1 of 3 parts went)";
    assert_eq!(
        outcome,
        Outcome::Failed {
            why: expected.to_owned()
        }
    );
    assert_eq!(operator.submitted().len(), 2);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_nothing_goes_twice() {
    let operator = Operator::start(answering(|_, _| vec![Do::Close])).await;
    let smpp = smpp(operator.port, json!({}));
    let outcome = smpp.send(&sms("Hi")).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    // It binds again, and sends nothing by itself.
    operator.until_heard(CommandId::BindTransceiver, 2).await;
    assert_eq!(operator.submitted().len(), 1);
}

#[tokio::test]
async fn silence_is_unknown_and_a_late_answer_harms_nobody() {
    let operator = Operator::start(answering(|number, c| match number {
        0 => Vec::new(),
        _ => vec![say(0, c, resp("b"))],
    }))
    .await;
    let mut settings = super::settings(operator.port, json!({}));
    settings.timing.response = Duration::from_millis(50);
    let smpp = super::Smpp::new(settings);
    let outcome = smpp.send(&sms("Hi")).await;
    assert!(
        format!("{outcome:?}").contains("no submit_sm_resp within"),
        "{outcome:?}"
    );
    let (_, asked) = operator.heard(CommandId::SubmitSm).remove(0);
    operator.push(rusmpp::Command::new(
        rusmpp::CommandStatus::EsmeRok,
        asked.sequence_number(),
        resp("a"),
    ));
    assert_eq!(smpp.send(&sms("Hi")).await, accepted("b", 1));
    assert_eq!(
        operator.heard(CommandId::BindTransceiver).len(),
        1,
        "the session is kept"
    );
}

#[tokio::test]
async fn an_answer_without_an_id_is_still_an_acceptance() {
    let operator = Operator::start(answering(|_, c| vec![say(0, c, SubmitSmResp::default())])).await;
    let outcome = smpp(operator.port, json!({})).send(&sms("Hi")).await;
    assert!(
        matches!(outcome, Outcome::Accepted { provider_id: None, .. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn ids_are_kept_in_one_form() {
    let operator = Operator::start(answering(|_, c| vec![say(0, c, resp("00fF"))])).await;
    let keys = json!({"message_ids": {"submit": "hex", "receipt": "decimal"}});
    assert_eq!(smpp(operator.port, keys).send(&sms("Hi")).await, accepted("255", 1));
}

#[tokio::test]
async fn the_window_holds_back_what_is_too_much() {
    let operator = Operator::start(answering(|_, _| Vec::new())).await;
    let smpp = std::sync::Arc::new(smpp(operator.port, json!({"window": 2})));
    let sends: Vec<_> = (0..3)
        .map(|_| {
            let smpp = std::sync::Arc::clone(&smpp);
            tokio::spawn(async move { smpp.send(&sms("Hi")).await })
        })
        .collect();
    operator.until_heard(CommandId::SubmitSm, 2).await;
    // An enquiry and its answer prove that the third message had time to arrive.
    operator.push(rusmpp::Command::new(
        rusmpp::CommandStatus::EsmeRok,
        9,
        Pdu::EnquireLink,
    ));
    operator.until_heard(CommandId::EnquireLinkResp, 1).await;
    assert_eq!(operator.submitted().len(), 2);
    let asked = operator.heard(CommandId::SubmitSm);
    operator.push(rusmpp::Command::new(
        rusmpp::CommandStatus::EsmeRok,
        asked[0].1.sequence_number(),
        resp("1"),
    ));
    operator.until_heard(CommandId::SubmitSm, 3).await;
    for send in sends {
        send.abort();
    }
}

#[tokio::test]
async fn nothing_is_sent_without_a_session() {
    // A port on which nobody listens.
    let port = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let outcome = smpp(port, json!({})).send(&sms("Hi")).await;
    assert!(
        format!("{outcome:?}").starts_with("Retry { after: None, why: \"no session: 127.0.0.1"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_refused_bind_is_a_matter_for_a_human_and_is_not_repeated() {
    for (status, name) in [
        (0x0D, "RBINDFAIL"),
        (0x0E, "RINVPASWD"),
        (0x0F, "RINVSYSID"),
        (0x53, "RINVSYSTYP"),
    ] {
        let operator = Operator::start(refusing(status)).await;
        let smpp = smpp(operator.port, json!({}));
        for _ in 0..3 {
            let outcome = smpp.send(&sms("Hi")).await;
            let why = format!("the bind was refused: {name}");
            assert!(
                matches!(&outcome, Outcome::Misconfigured { why: told } if told.starts_with(&why)),
                "{outcome:?}"
            );
        }
        assert_eq!(operator.heard(CommandId::BindTransceiver).len(), 1);
    }
}

#[tokio::test]
async fn what_smpp_cannot_carry_is_refused_here() {
    let operator = Operator::start(polite()).await;
    let smpp = smpp(operator.port, json!({}));
    let push = OutgoingMessage {
        content: Content::Push(Push::default()),
        ..sms("")
    };
    let no_number = OutgoingMessage {
        address: "pizza",
        ..sms("Hi")
    };
    let long = "я".repeat(67 * 255 + 1);
    for (message, class) in [
        (push, "Rejected { why: \"SMPP carries a text"),
        (sms(""), "Rejected { why: \"the text is empty"),
        (sms(&long), "Rejected { why: \"the text is longer than 255 parts"),
        (no_number, "Failed { why: \"the phone is not a number"),
    ] {
        let outcome = smpp.send(&message).await;
        assert!(format!("{outcome:?}").starts_with(class), "{outcome:?}");
    }
    assert!(operator.submitted().is_empty());
}
