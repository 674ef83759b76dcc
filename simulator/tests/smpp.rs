//! The SMSC, asked by a client whose codec somebody else wrote.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects with unwrap, its stand-ins too"
)]

mod smpp_client;

use std::str::FromStr;

use bellhop_simulator::{ChannelFaults, IdForm, Running, SmppConfig};
use futures_util::SinkExt;
use rusmpp::pdus::{BindReceiver, BindTransmitter, DataSmResp, SubmitSm};
use rusmpp::tlvs::{MessageSubmissionRequestTlvValue as Tlv, TlvTag};
use rusmpp::types::{AnyOctetString, COctetString, EmptyOrFullCOctetString, OctetString};
use rusmpp::values::{DataCoding, EsmClass, MessagePayload, RegisteredDelivery, Ton};
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use serde_json::{Value, json};

use smpp_client::*;

#[tokio::test]
async fn binds_are_checked() {
    let sim = start(
        SmppConfig {
            max_binds: Some(1),
            ..quick()
        },
        ChannelFaults::default(),
    )
    .await;
    for (system_id, password, status) in [("other", "secret", 0x0F), ("bellhop", "other", 0x0E)] {
        let mut client = Client::connect(&sim).await;
        assert_eq!(u32::from(client.bind(system_id, password).await), status);
        assert!(client.hear().await.is_none(), "the SMSC closes");
    }
    let mut client = Client::bound(&sim).await;
    assert_eq!(client.bind("bellhop", "secret").await, CommandStatus::EsmeRalybnd);
    assert_eq!(
        Client::connect(&sim).await.bind("bellhop", "secret").await,
        CommandStatus::EsmeRbindfail
    );
    assert_eq!(
        client.ask(Pdu::EnquireLink).await.unwrap().id(),
        CommandId::EnquireLinkResp
    );
    let unknown = client.ask(rusmpp::pdus::DataSm::default()).await.unwrap();
    assert_eq!((unknown.id(), u32::from(unknown.status())), (CommandId::GenericNack, 3));
}

#[tokio::test]
async fn a_session_begins_with_a_bind_and_ends_with_an_unbind() {
    let sim = start(quick(), ChannelFaults::default()).await;
    let mut client = Client::connect(&sim).await;
    assert_eq!(client.refused(plain("79990000000", "Hi")).await, 0x04);
    let mut receiver = Client::connect(&sim).await;
    let bind = BindReceiver::builder()
        .system_id(COctetString::from_str("bellhop").unwrap())
        .password(COctetString::from_str("secret").unwrap())
        .build();
    assert_eq!(receiver.ask(bind).await.unwrap().status(), CommandStatus::EsmeRok);
    assert_eq!(
        receiver.refused(plain("79990000000", "Hi")).await,
        0x04,
        "a receiver does not send"
    );
    let mut client = Client::bound(&sim).await;
    assert_eq!(client.ask(Pdu::Unbind).await.unwrap().id(), CommandId::UnbindResp);
    assert!(client.hear().await.is_none());
    let refuse = SmppConfig {
        refuse_binds_with: Some(0x53),
        ..quick()
    };
    let sim = start(refuse, ChannelFaults::default()).await;
    assert_eq!(
        u32::from(Client::connect(&sim).await.bind("bellhop", "secret").await),
        0x53
    );
}

#[tokio::test]
async fn texts_of_every_form_arrive_whole() {
    let sim = start(quick(), ChannelFaults::default()).await;
    let mut client = Client::bound(&sim).await;
    client.taken(part("79990000001", 0, 0, b"\x1b\x65 5")).await;
    client
        .taken(part("79990000002", 0, 8, b"\x04\x1d\x04\x35\xd8\x3c\xdf\x55"))
        .await;
    // Parts by header, out of order.
    client
        .taken(part("79990000003", 0x40, 0, b"\x05\x00\x03\x09\x02\x02world"))
        .await;
    client
        .taken(part("79990000003", 0x40, 0, b"\x05\x00\x03\x09\x02\x01Hello "))
        .await;
    // By TLVs.
    for (number, text) in [(1, "one "), (2, "two")] {
        let mut by_tlvs = plain("79990000004", text);
        by_tlvs.push_tlv(Tlv::SarMsgRefNum(7));
        by_tlvs.push_tlv(Tlv::SarTotalSegments(2));
        by_tlvs.push_tlv(Tlv::SarSegmentSeqnum(number));
        client.taken(by_tlvs).await;
    }
    let mut payload = part("79990000005", 0, 0, b"");
    let long = "long ".repeat(100);
    payload.push_tlv(Tlv::MessagePayload(MessagePayload::new(AnyOctetString::from_string(
        long.clone(),
    ))));
    client.taken(payload).await;
    // A part that stays alone.
    client
        .taken(part("79990000006", 0x40, 0, b"\x05\x00\x03\x09\x02\x01lost"))
        .await;
    let mut got: Vec<_> = ledger(&sim)
        .await
        .iter()
        .map(|m| (m["recipient"].clone(), m["text"].clone()))
        .collect();
    got.sort_by_key(|(recipient, _)| recipient.to_string());
    let expected = ["€ 5", "Не🍕", "Hello world", "one two", long.as_str()];
    let expected: Vec<_> = (1..)
        .zip(expected)
        .map(|(n, text)| (json!(format!("7999000000{n}")), json!(text)))
        .collect();
    assert_eq!(got, expected);
    let url = format!("{}/_sim/smpp/incomplete", sim.admin_url());
    assert_eq!(
        reqwest::get(url).await.unwrap().json::<Value>().await.unwrap(),
        json!({"incomplete": 1})
    );
}

#[tokio::test]
async fn a_packed_alphabet() {
    let sim = start(
        SmppConfig {
            packed: true,
            ..quick()
        },
        ChannelFaults::default(),
    )
    .await;
    let mut client = Client::bound(&sim).await;
    client
        .taken(part("79990000000", 0, 0, &hex::decode("E8329BFD4697D9EC37").unwrap()))
        .await;
    assert_eq!(ledger(&sim).await[0]["text"], "hellohello");
}

#[tokio::test]
async fn the_same_text_to_the_same_guest_again_is_a_double() {
    let sim = start(quick(), ChannelFaults::default()).await;
    let mut client = Client::bound(&sim).await;
    for (to, text) in [
        ("79990000000", "Hi"),
        ("79990000000", "Hi"),
        ("79990000000", "Ho"),
        ("79990000001", "Hi"),
    ] {
        client.taken(plain(to, text)).await;
    }
    assert_eq!(counts(&sim), (4, 0, 1));
}

#[tokio::test]
async fn receipts_come_with_ids_in_the_operators_form_until_they_are_taken() {
    let config = SmppConfig {
        answer_ids: IdForm::Hex,
        receipt_ids: IdForm::Decimal,
        ..quick()
    };
    let sim = start(config, ChannelFaults::default()).await;
    let mut client = Client::bound(&sim).await;
    assert_eq!(
        client.taken(plain("79990000000", "no receipt wanted")).await,
        "00000001"
    );
    assert_eq!(client.taken(with_receipt(plain("79990000000", "Hi"))).await, "00000002");
    let refused = client.told(CommandStatus::EsmeRxTAppn).await;
    let again = client.told(CommandStatus::EsmeRok).await;
    assert_eq!(refused, again);
    let text = String::from_utf8(again.short_message().as_ref().to_vec()).unwrap();
    assert!(
        text.starts_with("id:2 sub:001 dlvrd:001 ") && text.contains(" stat:DELIVRD err:000 "),
        "{text}"
    );
    assert_eq!(u8::from(again.esm_class), 4);
    assert_eq!(
        (again.source_addr.as_str(), again.destination_addr.as_str()),
        ("79990000000", "PIZZA")
    );
    // The TLV has the id of the answer, whatever form the text uses.
    let told = format!("{:?}", again.tlvs());
    assert!(told.contains("00000002"), "{told}");
    let tags: Vec<_> = again.tlvs().iter().map(rusmpp::tlvs::Tlv::tag).collect();
    assert_eq!(
        tags,
        [
            TlvTag::ReceiptedMessageId,
            TlvTag::MessageState,
            TlvTag::NetworkErrorCode
        ]
    );
}

#[tokio::test]
async fn a_receipt_may_come_first_or_say_that_nothing_came() {
    let sim = start(quick(), ChannelFaults::default()).await;
    let mut client = Client::bound(&sim).await;
    client.say(with_receipt(plain("79990009008", "Hi"))).await;
    client.told(CommandStatus::EsmeRok).await;
    assert_eq!(client.hear().await.unwrap().id(), CommandId::SubmitSmResp);
    client.taken(with_receipt(plain("79990009004", "Hi"))).await;
    let told = client.told(CommandStatus::EsmeRok).await;
    assert!(String::from_utf8_lossy(told.short_message().as_ref()).contains("stat:UNDELIV err:001"));
}

#[tokio::test]
async fn a_guest_writes_in() {
    let sim = start(quick(), ChannelFaults::default()).await;
    let post = async |sim: &Running| {
        let request = reqwest::Client::new()
            .post(format!("{}/_sim/smpp/inbound", sim.admin_url()))
            .json(&json!({"from": "+79990000000", "to": "PIZZA", "text": "СТОП"}));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(post(&sim).await, 503, "nobody listens");
    let transmitter = BindTransmitter::builder()
        .system_id(COctetString::from_str("bellhop").unwrap())
        .password(COctetString::from_str("secret").unwrap())
        .build();
    let mut deaf = Client::connect(&sim).await;
    deaf.ask(transmitter).await.unwrap();
    assert_eq!(post(&sim).await, 503, "a transmitter does not hear");
    let mut client = Client::bound(&sim).await;
    let (status, told) = tokio::join!(post(&sim), client.told(CommandStatus::EsmeRok));
    assert_eq!(status, 204);
    assert_eq!((u8::from(told.esm_class), u8::from(told.data_coding)), (0, 8));
    assert_eq!(told.short_message().as_ref(), b"\x04\x21\x04\x22\x04\x1e\x04\x1f");
}

/// In the variations of operators: national numbers, message classes, octets after everything, data_sm.
#[tokio::test]
async fn a_guests_message_in_any_dress() {
    let sim = start(quick(), ChannelFaults::default()).await;
    let post = async |dress: Value| {
        let mut body = json!({"from": "9990000000", "to": "PIZZA", "ton": 2, "npi": 8, "octets": "53544f50"});
        body.as_object_mut().unwrap().extend(dress.as_object().unwrap().clone());
        let request = reqwest::Client::new().post(format!("{}/_sim/smpp/inbound", sim.admin_url()));
        request.json(&body).send().await.unwrap().status().as_u16()
    };
    let mut client = Client::bound(&sim).await;
    let dress = json!({"data_coding": 17, "behind": "1403000131"});
    let (status, told) = tokio::join!(post(dress), client.told(CommandStatus::EsmeRok));
    assert_eq!(status, 204);
    assert_eq!((u8::from(told.source_addr_ton), u8::from(told.source_addr_npi)), (2, 8));
    assert_eq!(
        (told.short_message().as_ref(), u8::from(told.data_coding)),
        (&b"STOP"[..], 17)
    );
    assert_eq!(told.tlvs().len(), 1);
    let (status, heard) = tokio::join!(post(json!({"data_sm": true})), async {
        let command = client.hear().await.unwrap();
        let answer = Command::new(CommandStatus::EsmeRok, command.sequence_number(), DataSmResp::default());
        client.framed.send(answer).await.unwrap();
        command
    });
    assert_eq!((status, heard.id()), (204, CommandId::DataSm));
    assert_eq!(post(json!({"octets": "no hex"})).await, 422);
}

#[tokio::test]
async fn magic_numbers_fail_as_they_say() {
    let sim = start(quick(), ChannelFaults::default()).await;
    let mut client = Client::bound(&sim).await;
    for (number, status) in [
        ("79990009001", 0x0B),
        ("79990009002", 0x0B),
        ("79990009005", 0x08),
        ("79990009011", 0x58),
        ("79990009012", 0x14),
        ("79990009013", 0x64),
        ("79990009014", 0x01),
        ("79990009015", 0x0A),
        ("79990009019", 0x400),
        ("79990009020", 0x04),
        ("79990009021", 0xFF),
    ] {
        let answer = client.ask(plain(number, "Hi")).await.unwrap();
        assert_eq!(u32::from(answer.status()), status, "{number}");
        let nack = number == "79990009021";
        assert_eq!(answer.id() == CommandId::GenericNack, nack, "{number}");
    }
    assert_eq!(counts(&sim), (0, 11, 0));
    // Only at the first try.
    assert_eq!(client.refused(plain("79990009111", "Hi")).await, 0x58);
    client.taken(plain("79990009111", "Hi")).await;
    for (number, accepted) in [("79990009009", 1), ("79990009006", 2)] {
        let mut client = Client::bound(&sim).await;
        client.say(plain(number, "Hi")).await;
        assert!(client.hear().await.is_none(), "cut");
        assert_eq!(counts(&sim).0, accepted, "{number}");
    }
    // Accepted, and the session continues without an answer.
    client.say(plain("79990009007", "Hi")).await;
    assert_eq!(
        client.ask(Pdu::EnquireLink).await.unwrap().id(),
        CommandId::EnquireLinkResp
    );
    assert_eq!(counts(&sim).0, 3);
}

#[tokio::test]
async fn faults_come_by_chance_and_the_pace_is_limited() {
    let always = ChannelFaults {
        own: [("vendor_code".to_owned(), 1.0)].into(),
        ..ChannelFaults::default()
    };
    let sim = start(quick(), always).await;
    assert_eq!(
        Client::bound(&sim).await.refused(plain("79990000000", "Hi")).await,
        0x400
    );
    let slow = SmppConfig {
        messages_per_second: Some(2),
        ..quick()
    };
    let sim = start(slow, ChannelFaults::default()).await;
    let mut client = Client::bound(&sim).await;
    let mut throttled = 0;
    for n in 0..6 {
        throttled += u32::from(client.refused(plain("79990000000", &n.to_string())).await == 0x58);
    }
    assert!((2..=4).contains(&throttled), "{throttled}");
}

#[tokio::test]
async fn what_an_smsc_would_refuse_is_refused() {
    let sim = start(quick(), ChannelFaults::default()).await;
    let mut client = Client::bound(&sim).await;
    let change = |change: &dyn Fn(&mut SubmitSm)| {
        let mut part = plain("79990000000", "Hi");
        change(&mut part);
        part
    };
    for (part, status) in [
        (
            change(&|p| p.source_addr = COctetString::from_str("TWELVE-CHARS").unwrap()),
            0x0A,
        ),
        (change(&|p| p.source_addr_ton = Ton::International), 0x0A),
        (change(&|p| p.source_addr = COctetString::empty()), 0x0A),
        (
            change(&|p| p.destination_addr = COctetString::from_str("+79990000000").unwrap()),
            0x0B,
        ),
        (
            change(&|p| p.destination_addr = COctetString::from_str("123").unwrap()),
            0x0B,
        ),
        (
            change(&|p| p.validity_period = EmptyOrFullCOctetString::from_str("0000000130000000").unwrap()),
            0x62,
        ),
        (change(&|p| p.esm_class = EsmClass::from(0x40)), 0x43),
        (change(&|p| p.push_tlv(Tlv::SarMsgRefNum(1))), 0xC0),
        (change(&|p| p.data_coding = DataCoding::from(4)), 0x45),
        (
            change(&|p| p.set_short_message(OctetString::from_slice(&[b'a'; 161]).unwrap())),
            0x01,
        ),
    ] {
        assert_eq!(client.refused(part.clone()).await, status, "{part:?}");
    }
    let relative = EmptyOrFullCOctetString::from_str("000000013000000R").unwrap();
    client.taken(change(&|p| p.validity_period = relative.clone())).await;
}

#[tokio::test]
async fn a_receipt_comes_over_the_binds_of_its_own_account_only() {
    let smpp = SmppConfig {
        more_system_ids: vec!["another".to_owned()],
        ..quick()
    };
    let sim = start(smpp, ChannelFaults::default()).await;
    let mut other = Client::connect(&sim).await;
    assert_eq!(other.bind("another", "secret").await, CommandStatus::EsmeRok);
    let mut own = Client::bound(&sim).await;
    for nth in 0..3_u8 {
        let mut part = part("79990000001", 0, 0, &[b'a' + nth]);
        part.registered_delivery = RegisteredDelivery::from(1);
        own.taken(part).await;
        own.told(CommandStatus::EsmeRok).await;
    }
    let alive = other.ask(rusmpp::Pdu::EnquireLink).await.unwrap().status();
    assert_eq!(alive, CommandStatus::EsmeRok);
    let mut stranger = Client::connect(&sim).await;
    assert_eq!(stranger.bind("nobody", "secret").await, CommandStatus::EsmeRinvsysid);
}
