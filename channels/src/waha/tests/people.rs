//! Who wrote a message, as each engine writes it, and what is told like a message but is not one.

use super::webhook::{call, kind, told};
use crate::Event;
use bellhop_domain::Timestamp;
use bellhop_domain::incoming::{Inbound, InboundContent};
use serde_json::{Value, json};

const LID: &str = "123456789012345@lid";
const PHONE: &str = "+79990000000";

fn inbound(events: Vec<Event>) -> Inbound {
    match &events[..] {
        [Event::Inbound(inbound)] => inbound.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_engines_way_to_hide_a_number() {
    let jid = "79990000000@s.whatsapp.net";
    for (from, data, first, also) in [
        // NOWEB, through its versions.
        (
            LID,
            json!({"key": {"remoteJid": LID, "remoteJidAlt": jid, "addressingMode": "lid"}}),
            PHONE,
            vec![LID],
        ),
        (
            LID,
            json!({"key": {"remoteJid": LID, "senderPn": jid}}),
            PHONE,
            vec![LID],
        ),
        (
            LID,
            json!({"key": {"remoteJid": LID, "sender_pn": "79990000000:3@s.whatsapp.net"}}),
            PHONE,
            vec![LID],
        ),
        (
            LID,
            json!({"key": {"remoteJid": LID, "participant": LID, "participantAlt": jid}}),
            PHONE,
            vec![LID],
        ),
        (
            LID,
            json!({"key": {"remoteJid": LID, "participantPn": jid}}),
            PHONE,
            vec![LID],
        ),
        (LID, json!({"remoteJidAlt": jid}), PHONE, vec![LID]),
        (
            "79990000000@c.us",
            json!({"key": {"remoteJid": jid, "remoteJidAlt": LID}}),
            PHONE,
            vec![LID],
        ),
        (
            "79990000000@c.us",
            json!({"key": {"remoteJid": jid, "senderLid": LID}}),
            PHONE,
            vec![LID],
        ),
        // GOWS.
        (
            LID,
            json!({"Info": {"Chat": LID, "Sender": "123456789012345:7@lid", "SenderAlt": "79990000000:7@s.whatsapp.net"}}),
            PHONE,
            vec![LID],
        ),
        (
            "79990000000@c.us",
            json!({"Info": {"Chat": jid, "Sender": jid, "SenderAlt": LID, "RecipientAlt": "999888777666555@lid"}}),
            PHONE,
            vec![LID],
        ),
        // WEBJS.
        (
            LID,
            json!({"from": {"server": "lid", "user": "123456789012345", "_serialized": LID}, "senderPn": {"server": "c.us", "user": "79990000000"}}),
            PHONE,
            vec![LID],
        ),
        (
            LID,
            json!({"id": {"remote": {"_serialized": LID}}, "senderPn": "79990000000@c.us"}),
            PHONE,
            vec![LID],
        ),
        // Devices, agents and hosted accounts, and a number in its older spelling.
        (
            "123456789012345:99@hosted.lid",
            json!({"key": {"remoteJid": "123456789012345:99@hosted.lid", "remoteJidAlt": "79990000000@hosted"}}),
            PHONE,
            vec![LID],
        ),
        (
            LID,
            json!({"Info": {"Chat": LID, "Sender": "123456789012345_1:7@lid", "SenderAlt": "79990000000_1:7@s.whatsapp.net"}}),
            PHONE,
            vec![LID],
        ),
        (
            LID,
            json!({"key": {"remoteJid": LID, "remoteJidAlt": "551188887777@s.whatsapp.net"}}),
            "+5511988887777",
            vec![LID],
        ),
        // Not told.
        (
            LID,
            json!({"key": {"remoteJid": LID, "remoteJidAlt": null}}),
            LID,
            vec![],
        ),
        (
            LID,
            json!({"Info": {"Chat": LID, "Sender": LID, "SenderAlt": ""}}),
            LID,
            vec![],
        ),
        // Our own numbers belong to nobody else, and the name of a guest is not a number.
        (
            LID,
            json!({"key": {"remoteJidAlt": "71111111111@s.whatsapp.net", "senderLid": "999888777666555@lid"}}),
            LID,
            vec![],
        ),
        (
            LID,
            json!({"pushName": "79991112233@c.us", "notifyName": "79991112233@c.us"}),
            LID,
            vec![],
        ),
    ] {
        let told = inbound(call(
            "message",
            told(json!({"from": from, "body": "СТОП", "_data": data})),
        ));
        assert_eq!(
            (told.from.as_str(), told.also),
            (first, also.iter().map(|one| (*one).to_owned()).collect()),
            "{data}"
        );
    }
}

#[test]
fn one_message_under_both_ids_is_one() {
    let under = |chat: &str, data: Value| {
        let id = format!("false_{chat}_3EB0C1");
        inbound(call(
            "message",
            told(json!({"id": id, "from": chat, "body": "СТОП", "_data": data})),
        ))
    };
    let (hidden, known) = (under(LID, json!({})), under("79990000000@c.us", json!({})));
    assert_eq!(hidden.provider_id, known.provider_id);
    for other in [
        "123456789012345:3@lid",
        "79990000000:12@s.whatsapp.net",
        "79990000000_1:12@s.whatsapp.net",
    ] {
        assert_eq!(under(other, json!({})).provider_id, known.provider_id, "{other}");
    }
    assert_eq!((hidden.from.as_str(), known.from.as_str()), (LID, PHONE));
}

#[test]
fn chats_of_many_are_nobodys_word_to_us() {
    let group = "120363402931855007@g.us";
    for payload in [
        json!({"from": group, "participant": "79990000000@c.us"}),
        json!({"from": "79990000000@c.us", "_data": {"key": {"remoteJid": group, "participant": "79990000000@s.whatsapp.net"}}}),
        json!({"from": "79990000000@c.us", "_data": {"Info": {"Chat": group, "Sender": "79990000000@s.whatsapp.net", "IsGroup": true}}}),
        json!({"from": "79990000000@c.us", "_data": {"id": {"remote": group}}}),
        json!({"from": LID, "_data": {"key": {"remoteJid": group, "participant": LID, "participantAlt": "79990000000@s.whatsapp.net"}}}),
        json!({"from": "79990000000@c.us", "author": "79990000000@c.us", "_data": {"id": {"remote": {"server": "g.us", "user": "120363402931855007", "_serialized": group}}}}),
        json!({"from": "79990000000-1600000000@g.us", "participant": "79990000000@c.us"}),
        json!({"from": "1203@newsletter"}),
        json!({"from": "status@broadcast", "participant": "79990000000@c.us"}),
        json!({"from": "79990000000@c.us", "_data": {"Info": {"Chat": "status@broadcast"}}}),
        json!({"from": "79990000000@c.us", "_data": {"key": {"remoteJid": "1700000000@broadcast"}}}),
    ] {
        for event in [
            "message",
            "message.any",
            "message.edited",
            "message.revoked",
            "message.reaction",
        ] {
            let mut whole = told(json!({"body": "СТОП", "editedMessageId": "A", "revokedMessageId": "A",
                "reaction": {"text": "👍", "messageId": "A"}}));
            whole
                .as_object_mut()
                .unwrap()
                .extend(payload.as_object().unwrap().clone());
            assert_eq!(kind(&call(event, whole)), event, "{payload}");
        }
    }
}

#[test]
fn our_own_words_are_never_a_guests() {
    for own in [
        json!({"fromMe": true}),
        json!({"fromMe": false, "id": "true_79990000000@c.us_AAAA"}),
        json!({"fromMe": null, "_data": {"key": {"fromMe": true}}}),
        json!({"fromMe": null, "_data": {"Info": {"IsFromMe": true}}}),
    ] {
        for event in ["message.any", "message.edited", "message.revoked", "message.reaction"] {
            let mut whole = told(json!({"body": "СТОП", "reaction": {"text": "👍", "messageId": "A"}}));
            whole.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
            assert_eq!(kind(&call(event, whole)), event, "{own}");
        }
    }
}

#[test]
fn edits_and_revokes_in_every_dress() {
    let edited = |text: Option<&str>| InboundContent::Edited {
        of: "AAAA".to_owned(),
        text: text.map(str::to_owned),
    };
    let revoked = InboundContent::Revoked { of: "AAAA".to_owned() };
    let own = json!({"id": "false_79990000000@c.us_BBBB"});
    let protocol = |protocol: Value| json!({"id": "false_79990000000@c.us_BBBB", "_data": {"message": {"protocolMessage": protocol}}});
    let gows = |protocol: Value| json!({"id": "false_79990000000@c.us_BBBB", "body": null, "_data": {"Message": {"protocolMessage": protocol}}});
    for (event, payload, expected) in [
        (
            "message.edited",
            json!({"id": "false_79990000000@c.us_BBBB", "editedMessageId": "AAAA", "body": "СТОП"}),
            edited(Some("СТОП")),
        ),
        ("message.edited", json!({"body": "СТОП"}), edited(Some("СТОП"))),
        (
            "message.edited",
            json!({"id": "false_79990000000@c.us_BBBB", "editedMessageId": "AAAA", "_data": {"Message": {"editedMessage": {"message":
                {"protocolMessage": {"type": 14, "key": {"ID": "AAAA"}, "editedMessage": {"conversation": "СТОП"}}}}}}}),
            edited(None),
        ),
        (
            "message",
            protocol(json!({"type": 14, "key": {"id": "AAAA"}, "editedMessage": {"conversation": "СТОП"}})),
            edited(Some("СТОП")),
        ),
        (
            "message",
            protocol(
                json!({"type": "MESSAGE_EDIT", "key": {"id": "AAAA"}, "editedMessage": {"imageMessage": {"caption": "СТОП"}}}),
            ),
            edited(Some("СТОП")),
        ),
        (
            "message",
            gows(
                json!({"type": 14, "key": {"ID": "AAAA"}, "editedMessage": {"extendedTextMessage": {"text": "СТОП"}}}),
            ),
            edited(Some("СТОП")),
        ),
        (
            "message",
            json!({"_data": {"message": {"secretEncryptedMessage": {"targetMessageKey": {"id": "AAAA"}}}}}),
            edited(None),
        ),
        (
            "message",
            protocol(json!({"type": 0, "key": {"id": "AAAA"}})),
            revoked.clone(),
        ),
        (
            "message",
            gows(json!({"type": 0, "key": {"ID": "AAAA"}})),
            revoked.clone(),
        ),
        (
            "message.revoked",
            json!({"revokedMessageId": "AAAA", "before": null, "after": told(own.clone())}),
            revoked.clone(),
        ),
        (
            "message.revoked",
            json!({"revokedMessageId": null, "before": told(json!({})), "after": null}),
            revoked.clone(),
        ),
    ] {
        let told = inbound(call(event, told(payload.clone())));
        assert_eq!(told.content, expected, "{event} {payload}");
        assert_ne!(
            told.provider_id, "AAAA",
            "it is another message than the one it changes"
        );
        assert_eq!(told.from, PHONE);
    }
}

/// Edited to STOP, to START and to STOP again: three words, although WEBJS reports all of them under one id.
#[test]
fn each_edit_is_another() {
    let at = |ms: i64| {
        let mut whole = json!({"event": "message.edited", "session": "default", "timestamp": ms,
            "payload": told(json!({"body": "СТОП"}))});
        whole["payload"]["timestamp"] = Value::Null;
        inbound(super::webhook::signed(&whole.to_string()))
    };
    assert_ne!(at(1_741_249_702_485).provider_id, at(1_741_249_712_485).provider_id);
    assert_eq!(at(1_741_249_702_485), at(1_741_249_702_485), "the same call again");
    assert_eq!(at(1_741_249_702_485).at, Timestamp(1_741_249_702_485));
}

#[test]
fn notices_are_nobodys_words() {
    for payload in [
        json!({"_data": {"message": {"protocolMessage": {"type": 3, "ephemeralExpiration": 86_400}}}}),
        json!({"_data": {"Message": {"protocolMessage": {"type": "EPHEMERAL_SETTING"}}}}),
        json!({"_data": {"message": {"pinInChatMessage": {"key": {"id": "A"}, "type": 1}, "messageContextInfo": {}}}}),
        json!({"_data": {"message": {"keepInChatMessage": {}}}}),
        json!({"_data": {"message": {"pollUpdateMessage": {"vote": {}}}}}),
        json!({"_data": {"message": {"senderKeyDistributionMessage": {}}}}),
        json!({"_data": {"messageStubType": 20, "messageStubParameters": []}}),
        json!({"_data": {"type": "e2e_notification"}, "body": "x"}),
        json!({"_data": {"type": "call_log"}}),
        json!({"_data": {"type": "ciphertext"}}),
        json!({"type": "notification_template", "body": "x"}),
        // The number was changed, as two engines tell it.
        json!({"_data": {"type": "notification_template", "subtype": "change_number", "templateParams": ["79990000001@c.us"]}, "body": "x"}),
        json!({"_data": {"messageStubType": 28, "messageStubParameters": ["79990000001@s.whatsapp.net"]}}),
        json!({"_data": {"message": {"protocolMessage": {"type": "PEER_DATA_OPERATION_REQUEST_MESSAGE"}}}}),
    ] {
        assert_eq!(kind(&call("message", told(payload.clone()))), "message", "{payload}");
    }
}

#[test]
fn words_and_taps_that_stand_in_the_engines_own_message() {
    let button = |payload: &str, text: &str| InboundContent::Button {
        payload: Some(payload.to_owned()),
        text: text.to_owned(),
    };
    let text = InboundContent::Text("СТОП".to_owned());
    for (payload, expected) in [
        (
            json!({"body": null, "_data": {"message": {"conversation": "СТОП"}}}),
            text.clone(),
        ),
        (
            json!({"body": null, "_data": {"Message": {"ephemeralMessage": {"message": {"extendedTextMessage": {"text": "СТОП"}}}}}}),
            text.clone(),
        ),
        // A file that was not fetched, and its caption.
        (json!({"hasMedia": true, "media": null, "body": "СТОП"}), text.clone()),
        (
            json!({"body": "Хватит", "_data": {"message": {"buttonsResponseMessage": {"selectedButtonId": "STOP", "selectedDisplayText": "Хватит"}}}}),
            button("STOP", "Хватит"),
        ),
        (
            json!({"body": null, "_data": {"Message": {"templateButtonReplyMessage": {"selectedID": "STOP", "selectedDisplayText": "Хватит"}}}}),
            button("STOP", "Хватит"),
        ),
        (
            json!({"body": "Хватит", "_data": {"message": {"listResponseMessage": {"title": "Хватит", "singleSelectReply": {"selectedRowId": "STOP"}}}}}),
            button("STOP", "Хватит"),
        ),
        (
            json!({"body": "Хватит", "_data": {"selectedButtonId": "STOP"}}),
            button("STOP", "Хватит"),
        ),
        (
            json!({"body": null, "_data": {"message": {"reactionMessage": {"key": {"id": "3EB0"}, "text": "👍"}}}}),
            InboundContent::Reaction {
                emoji: Some("👍".to_owned()),
                to: "3EB0".to_owned(),
            },
        ),
    ] {
        assert_eq!(
            inbound(call("message", told(payload.clone()))).content,
            expected,
            "{payload}"
        );
    }
}
