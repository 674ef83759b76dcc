use super::super::bind::{Fault, wait};
use super::operator::{Do, Kept, Operator, answering, deliver_sm, polite, refusing, resp, say, until};
use super::{settings, smpp, sms};
use crate::smpp::client::Smpp;
use crate::{Event, Provider, ReceiptFor, ReceiptStatus, Severity};
use bellhop_domain::Outcome;
use bellhop_domain::incoming::{Health, HealthState};
use rusmpp::pdus::{BindTransceiverResp, SubmitSmResp};
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

const DELIVERED: &[u8] = b"id:1 stat:DELIVRD err:000";

fn opened(operator: &Operator, keys: serde_json::Value) -> (Arc<Smpp>, Arc<Kept>) {
    let (smpp, kept) = (Arc::new(smpp(operator.port, keys)), Arc::new(Kept::default()));
    smpp.open(Arc::clone(&kept) as _);
    (smpp, kept)
}

fn states(kept: &Kept) -> Vec<HealthState> {
    let state = |event: &Event| match event {
        Event::Health(Health { state, .. }) => *state,
        other => panic!("{other:?}"),
    };
    kept.health().iter().map(state).collect()
}

#[tokio::test]
async fn sessions_are_bound_when_opened_and_unbound_when_closed() {
    let operator = Operator::start(polite()).await;
    let (smpp, kept) = opened(&operator, json!({"binds": 2}));
    operator.until_heard(CommandId::BindTransceiver, 2).await;
    assert!(matches!(smpp.send(&sms("Hi")).await, Outcome::Accepted { .. }));
    smpp.close().await;
    assert_eq!(operator.heard(CommandId::Unbind).len(), 2);
    assert_eq!(states(&kept), [HealthState::Working]);
    let outcome = smpp.send(&sms("Hi")).await;
    assert!(matches!(outcome, Outcome::Retry { .. }), "{outcome:?}");
    assert_eq!(operator.submitted().len(), 1);
}

#[tokio::test]
async fn a_close_lets_what_is_under_way_be_answered() {
    let operator = Operator::start(answering(|_, _| Vec::new())).await;
    let (smpp, _) = opened(&operator, json!({}));
    let sender = Arc::clone(&smpp);
    let send = tokio::spawn(async move { sender.send(&sms("Hi")).await });
    let asked = operator.until_heard(CommandId::SubmitSm, 1).await;
    let closer = Arc::clone(&smpp);
    let close = tokio::spawn(async move { closer.close().await });
    // An enquiry and its answer: if it had unbound at once, that would have come first.
    operator.push(Command::new(CommandStatus::EsmeRok, 9, Pdu::EnquireLink));
    operator.until_heard(CommandId::EnquireLinkResp, 1).await;
    assert!(operator.heard(CommandId::Unbind).is_empty());
    operator.push(Command::new(
        CommandStatus::EsmeRok,
        asked[0].1.sequence_number(),
        resp("1"),
    ));
    assert!(matches!(send.await.unwrap(), Outcome::Accepted { .. }));
    close.await.unwrap();
    assert_eq!(operator.heard(CommandId::Unbind).len(), 1);
}

#[tokio::test]
async fn a_receipt_is_stored_before_it_is_answered() {
    let operator = Operator::start(polite()).await;
    let (smpp, kept) = opened(&operator, json!({}));
    smpp.send(&sms("Hi")).await;
    kept.fails.store(true, Ordering::SeqCst);
    operator.push(deliver_sm(100, 4, DELIVERED));
    let answers = operator.until_heard(CommandId::DeliverSmResp, 1).await;
    assert_eq!(answers[0].1.status(), CommandStatus::EsmeRxTAppn, "it comes again");
    assert!(kept.told().is_empty());
    kept.fails.store(false, Ordering::SeqCst);
    operator.push(deliver_sm(101, 4, DELIVERED));
    let answers = operator.until_heard(CommandId::DeliverSmResp, 2).await;
    assert_eq!(
        (answers[1].1.status(), answers[1].1.sequence_number()),
        (CommandStatus::EsmeRok, 101)
    );
    let told = kept.told();
    let [Event::Receipt(receipt)] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(receipt.attempt, ReceiptFor::Provider("1".to_owned()));
    assert_eq!(receipt.status, ReceiptStatus::Delivered);
}

#[tokio::test]
async fn without_a_store_nothing_is_taken() {
    let operator = Operator::start(polite()).await;
    let smpp = smpp(operator.port, json!({}));
    smpp.send(&sms("Hi")).await;
    operator.push(deliver_sm(100, 4, DELIVERED));
    let answers = operator.until_heard(CommandId::DeliverSmResp, 1).await;
    assert_eq!(answers[0].1.status(), CommandStatus::EsmeRxTAppn);
}

#[tokio::test]
async fn a_receipt_before_the_answer_is_told_all_the_same() {
    let operator = Operator::start(answering(|_, c| {
        vec![Do::Send(deliver_sm(100, 4, DELIVERED)), say(0, c, resp("1"))]
    }))
    .await;
    let (smpp, kept) = opened(&operator, json!({}));
    assert!(matches!(smpp.send(&sms("Hi")).await, Outcome::Accepted { .. }));
    operator.until_heard(CommandId::DeliverSmResp, 1).await;
    assert!(matches!(kept.told().as_slice(), [Event::Receipt(_)]));
}

#[tokio::test]
async fn a_guests_word_is_told() {
    let operator = Operator::start(polite()).await;
    let (smpp, kept) = opened(&operator, json!({}));
    smpp.send(&sms("Hi")).await;
    operator.push(deliver_sm(100, 0, b"STOP"));
    operator.until_heard(CommandId::DeliverSmResp, 1).await;
    assert!(matches!(kept.told().as_slice(), [Event::Inbound(inbound)] if inbound.from == "+79990000000"));
}

/// Some operators send receipts and guests' messages as `data_sm`.
#[tokio::test]
async fn a_data_sm_is_answered_by_its_own_answer() {
    let operator = Operator::start(polite()).await;
    let (smpp, kept) = opened(&operator, json!({}));
    smpp.send(&sms("Hi")).await;
    let mut told = rusmpp::pdus::DataSm::default();
    told.esm_class = rusmpp::values::EsmClass::from(0);
    told.source_addr = std::str::FromStr::from_str("79990000000").unwrap();
    told.push_tlv(rusmpp::tlvs::MessageSubmissionRequestTlvValue::MessagePayload(
        rusmpp::values::MessagePayload::new(rusmpp::types::AnyOctetString::from_slice(b"STOP")),
    ));
    operator.push(Command::new(CommandStatus::EsmeRok, 6, told));
    let answers = operator.until_heard(CommandId::DataSmResp, 1).await;
    let answer = &answers[0].1;
    assert_eq!((answer.status(), answer.sequence_number()), (CommandStatus::EsmeRok, 6));
    assert!(operator.heard(CommandId::GenericNack).is_empty());
    let told = kept.told();
    assert!(
        matches!(&told[..], [Event::Inbound(told)] if told.content.words() == Some("STOP")),
        "{told:?}"
    );
    assert!(
        matches!(smpp.send(&sms("Hi")).await, Outcome::Accepted { .. }),
        "the session stays"
    );
}

/// Words that span two parts are read with the second part.
#[tokio::test]
async fn parts_are_told_as_they_come_and_the_whole_with_the_last() {
    let operator = Operator::start(polite()).await;
    let (smpp, kept) = opened(&operator, json!({}));
    smpp.send(&sms("Hi")).await;
    let part = |number: u8, text: &[u8]| [&[5, 0, 3, 9, 2, number], text].concat();
    operator.push(deliver_sm(100, 0x40, &part(2, b"OP")));
    operator.until_heard(CommandId::DeliverSmResp, 1).await;
    operator.push(deliver_sm(101, 0x40, &part(1, b"ST")));
    operator.until_heard(CommandId::DeliverSmResp, 2).await;
    let told = kept.told();
    let words = told.iter().map(|event| match event {
        Event::Inbound(told) => told.content.words().unwrap_or_default(),
        other => panic!("{other:?}"),
    });
    assert_eq!(words.collect::<Vec<_>>(), ["OP", "STOP"]);
}

#[tokio::test]
async fn what_nobody_asked_for_is_answered_and_harms_nobody() {
    let operator = Operator::start(polite()).await;
    let (smpp, _) = opened(&operator, json!({}));
    smpp.send(&sms("Hi")).await;
    let rok = CommandStatus::EsmeRok;
    operator.push(Command::new(rok, 5, Pdu::EnquireLink));
    operator.push(Command::new(rok, 777, resp("late")));
    operator.push(Command::new(rok, 0, Pdu::GenericNack));
    operator.push(Command::new(rok, 6, rusmpp::pdus::QuerySm::default()));
    let nacks = operator.until_heard(CommandId::GenericNack, 1).await;
    assert_eq!(
        (nacks[0].1.status(), nacks[0].1.sequence_number()),
        (CommandStatus::EsmeRinvcmdid, 6)
    );
    assert_eq!(operator.heard(CommandId::EnquireLinkResp)[0].1.sequence_number(), 5);
    assert!(matches!(smpp.send(&sms("Hi")).await, Outcome::Accepted { .. }));
    assert_eq!(operator.heard(CommandId::BindTransceiver).len(), 1);
}

#[tokio::test]
async fn an_unanswered_enquiry_ends_the_session_and_another_is_bound() {
    let polite = polite();
    let operator = Operator::start(move |connection, command| match command.id() {
        CommandId::EnquireLink if connection == 0 => Vec::new(),
        _ => polite(connection, command),
    })
    .await;
    let mut settings = settings(operator.port, json!({}));
    // Long enough for an answer on a busy machine.
    settings.timing.enquire_link = Duration::from_secs(1);
    let smpp = Smpp::new(settings);
    smpp.open(Arc::new(Kept::default()));
    operator.until_heard(CommandId::BindTransceiver, 2).await;
    // The second answers, and stays.
    operator.until_heard(CommandId::EnquireLink, 3).await;
    assert_eq!(operator.heard(CommandId::BindTransceiver).len(), 2);
    assert!(matches!(smpp.send(&sms("Hi")).await, Outcome::Accepted { .. }));
}

#[tokio::test]
async fn the_operators_unbind_is_answered_and_the_session_comes_back() {
    let operator = Operator::start(polite()).await;
    let (smpp, kept) = opened(&operator, json!({}));
    smpp.send(&sms("Hi")).await;
    operator.push(Command::new(CommandStatus::EsmeRok, 50, Pdu::Unbind));
    let answers = operator.until_heard(CommandId::UnbindResp, 1).await;
    assert_eq!(answers[0].1.sequence_number(), 50);
    until("the health to be told", || states(&kept).len() == 3).await;
    assert!(matches!(smpp.send(&sms("Hi")).await, Outcome::Accepted { .. }));
    assert_eq!(
        states(&kept),
        [HealthState::Working, HealthState::Degraded, HealthState::Working]
    );
}

#[tokio::test]
async fn a_session_that_is_not_bound_is_bound_anew() {
    let operator = Operator::start(answering(|number, c| match number {
        0 => vec![say(4, c, SubmitSmResp::default())],
        _ => vec![say(0, c, resp("7"))],
    }))
    .await;
    let (smpp, kept) = opened(&operator, json!({}));
    let outcome = smpp.send(&sms("Hi")).await;
    assert!(
        format!("{outcome:?}").starts_with("Retry { after: None, why: \"RINVBNDSTS"),
        "{outcome:?}"
    );
    until("the health to be told", || states(&kept).len() == 3).await;
    assert_eq!(operator.heard(CommandId::Unbind).len(), 1, "the old one ends politely");
    assert!(matches!(smpp.send(&sms("Hi")).await, Outcome::Accepted { .. }));
}

#[tokio::test]
async fn a_refused_bind_stops_the_sender() {
    let operator = Operator::start(refusing(0x0E)).await;
    let (_smpp, kept) = opened(&operator, json!({"binds": 2}));
    operator.until_heard(CommandId::BindTransceiver, 2).await;
    until("the health to be told", || !states(&kept).is_empty()).await;
    assert_eq!(states(&kept), [HealthState::Stopped]);
}

/// A refusal because of too many sessions or a busy operator says nothing against the account, because other
/// processes may be bound.
#[tokio::test]
async fn a_bind_refused_for_now_stops_nothing() {
    for status in [0x05, 0x08, 0x14, 0x58] {
        let operator = Operator::start(refusing(status)).await;
        let (smpp, kept) = opened(&operator, json!({}));
        until("the health to be told", || !states(&kept).is_empty()).await;
        assert_eq!(states(&kept), [HealthState::Degraded]);
        let outcome = smpp.send(&sms("Hi")).await;
        assert!(
            matches!(&outcome, Outcome::Retry { why, .. } if why.contains("the bind was refused")),
            "{outcome:?}"
        );
        assert_eq!(
            operator.heard(CommandId::BindTransceiver).len(),
            1,
            "not within a minute"
        );
    }
}

#[tokio::test]
async fn tls_by_the_sections_authority() {
    let directory = tempfile::tempdir().unwrap();
    let operator = Operator::with(Some(crate::test_server::acceptor(&directory)), polite()).await;
    let trusted = json!({"tls": {"ca_file": directory.path().join("ca.pem")}});
    assert!(matches!(
        smpp(operator.port, trusted).send(&sms("Hi")).await,
        Outcome::Accepted { .. }
    ));
    // Another authority's certificate is not accepted, and nothing was sent to that server.
    let other = tempfile::tempdir().unwrap();
    crate::test_server::acceptor(&other);
    let strange = json!({"tls": {"ca_file": other.path().join("ca.pem")}});
    let outcome = smpp(operator.port, strange).send(&sms("Hi")).await;
    assert!(
        matches!(&outcome, Outcome::Retry { why, .. } if why.contains("TLS")),
        "{outcome:?}"
    );
    assert_eq!(operator.heard(CommandId::BindTransceiver).len(), 1);
}

#[tokio::test]
async fn the_doctor_binds_as_a_transmitter_and_leaves() {
    let operator = Operator::start(polite()).await;
    let smpp = smpp(operator.port, json!({"receipts": false}));
    let findings = smpp.check().await;
    assert_eq!(findings[0].severity, Severity::Fine, "{findings:?}");
    assert!(findings.iter().any(|finding| finding.what.contains("receipts = false")));
    // No receipt can come over such a session, so none can be lost.
    assert_eq!(operator.heard(CommandId::BindTransmitter).len(), 1);
    assert_eq!(operator.heard(CommandId::BindTransceiver).len(), 0);
    operator.until_heard(CommandId::Unbind, 1).await;
    let operator = Operator::start(refusing(0x0F)).await;
    let findings = super::smpp(operator.port, json!({})).check().await;
    assert_eq!(findings[0].severity, Severity::Error);
    assert!(findings[0].what.contains("RINVSYSID"), "{findings:?}");
}

#[tokio::test]
async fn an_answer_that_is_no_smpp_ends_the_session() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let outcome = smpp(port, json!({})).send(&sms("Hi")).await;
    assert!(
        matches!(&outcome, Outcome::Retry { why, .. } if why.contains("does not speak SMPP")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn sequence_numbers_count_on_from_the_bind() {
    let operator = Operator::start(|_, command: &Command| match command.id() {
        CommandId::BindTransceiver => vec![say(0, command, BindTransceiverResp::default())],
        CommandId::SubmitSm => vec![say(0, command, resp("1"))],
        _ => Vec::new(),
    })
    .await;
    let smpp = smpp(operator.port, json!({}));
    smpp.send(&sms("Hi")).await;
    smpp.send(&sms("Hi")).await;
    let numbers: Vec<u32> = operator
        .heard(CommandId::SubmitSm)
        .iter()
        .map(|(_, c)| c.sequence_number())
        .collect();
    assert_eq!(numbers, [2, 3]);
}

#[test]
fn waits_grow_with_the_failures_and_a_refusal_waits_a_minute() {
    let mut timing = super::read(&super::section()).unwrap().timing;
    timing.reconnect = Duration::from_secs(10);
    let away = Fault::Unreachable(String::new());
    let refused = Fault::Refused(String::new());
    let seconds = |fault: &Fault, failures, jitter| wait(fault, failures, &timing, jitter).as_secs();
    assert_eq!(
        [1, 2, 3, 9].map(|failures| seconds(&away, failures, 0.0)),
        [10, 20, 40, 300]
    );
    assert_eq!(seconds(&away, 1, 1.0), 15);
    assert_eq!(seconds(&away, u32::MAX, 0.0), 300);
    assert_eq!([1, 5].map(|failures| seconds(&refused, failures, 0.0)), [60, 60]);
    assert_eq!(seconds(&Fault::NotNow(String::new()), 1, 0.0), 60);
}
