//! SMPP 3.4: PROVIDERS.md §4.2 (`command_status`) and §4.4 (receipts).

use super::super::row::{Aim, Answer, Row, THROTTLE_PAUSE, row};
use super::super::then::Then::{
    self, Again, Delivered, Dropped, Failed, InDoubt, LaneWaits, RunPauses, SenderStops, StaysSent,
};

/// Statuses for which the request is wrong whoever it goes to.
const WRONG: [(&str, u32); 26] = [
    ("RINVMSGLEN", 0x01),
    ("RINVCMDLEN", 0x02),
    ("RINVCMDID", 0x03),
    ("RINVPRTFLG", 0x06),
    ("RINVREGDLVFLG", 0x07),
    ("RINVSERTYP", 0x15),
    ("RINVNUMDESTS", 0x33),
    ("RINVDLNAME", 0x34),
    ("RINVDESTFLAG", 0x40),
    ("RINVSUBREP", 0x42),
    ("RINVESMCLASS", 0x43),
    ("RCNTSUBDL", 0x44),
    ("RINVSRCTON", 0x48),
    ("RINVSRCNPI", 0x49),
    ("RINVDSTTON", 0x50),
    ("RINVDSTNPI", 0x51),
    ("RINVREPFLAG", 0x54),
    ("RINVNUMMSGS", 0x55),
    ("RINVSCHED", 0x61),
    ("RINVEXPIRY", 0x62),
    ("RINVDFTMSGID", 0x63),
    ("RINVOPTPARSTREAM", 0xC0),
    ("ROPTPARNOTALLWD", 0xC1),
    ("RINVPARLEN", 0xC2),
    ("RMISSINGOPTPARAM", 0xC3),
    ("RINVOPTPARAMVAL", 0xC4),
];
/// Statuses of one message or one number.
const OF_ONE: [(&str, u32, Then); 16] = [
    ("RSYSERR", 0x08, Again(0)),
    ("RINVDSTADR", 0x0B, Dropped),
    ("RINVMSGID", 0x0C, Failed),
    ("RCANCELFAIL", 0x11, Failed),
    ("RREPLACEFAIL", 0x13, Failed),
    ("RQUERYFAIL", 0x67, Failed),
    ("RMSGQFUL", 0x14, Again(5)),
    ("RSUBMITFAIL", 0x45, Again(0)),
    ("RX_T_APPN", 0x64, Again(0)),
    ("RX_P_APPN", 0x65, Failed),
    ("RX_R_APPN", 0x66, Failed),
    ("RDELIVERYFAILURE", 0xFE, Failed),
    ("RUNKNOWNERR", 0xFF, Again(0)),
    ("RINVSRCADR", 0x0A, SenderStops),
    ("RTHROTTLED", 0x58, LaneWaits(THROTTLE_PAUSE)),
    ("ESME_ROK", 0x00, Delivered),
];
const BINDS: [(&str, u32); 4] = [
    ("RBINDFAIL", 0x0D),
    ("RINVPASWD", 0x0E),
    ("RINVSYSID", 0x0F),
    ("RINVSYSTYP", 0x53),
];
/// `stat`, the number of the TLV, and what follows.
const RECEIPTS: [(&str, &str, Then); 8] = [
    ("ENROUTE", "1", StaysSent),
    ("DELIVRD", "2", Delivered),
    ("EXPIRED", "3", Failed),
    ("DELETED", "4", Failed),
    ("UNDELIV", "5", Failed),
    ("ACCEPTD", "6", StaysSent),
    // The operator does not know, so nothing more is assumed.
    ("UNKNOWN", "7", StaysSent),
    ("REJECTD", "8", Failed),
];

pub(in super::super) fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = WRONG
        .map(|(code, status)| row(code, Answer::status(status), RunPauses))
        .into();
    rows.extend(OF_ONE.map(|(code, status, then)| match status {
        0 => row(code, Answer::taken("0x00 with a message_id; receipt DELIVRD"), then),
        status => row(code, Answer::status(status), then),
    }));
    // The session is broken, so a new one is bound.
    rows.extend(
        ["RINVBNDSTS", "RALYBND"]
            .into_iter()
            .zip([0x04, 0x05])
            .map(|(code, status)| row(code, Answer::status(status), Again(0)).case("bound anew").of(1)),
    );
    rows.extend(BINDS.map(|(code, status)| {
        let answer = Answer::status(status).shown(format!("bind: 0x{status:02X}"));
        row(code, answer, SenderStops).aim(Aim::Account)
    }));
    let vendor = |status: u32, says, case| {
        row("vendor range", Answer::status(status), Failed)
            .case(case)
            .says(says)
    };
    rows.extend([
        vendor(0x400, "0x00000400", "0x400"),
        vendor(0x4FF, "0x000004FF", "0x4FF"),
        row("unknown value", Answer::status(0x777), Failed).says("0x00000777"),
        // The answer never comes: the connection was cut after the message was accepted.
        row("response wait", Answer::ending("reset_after"), InDoubt)
            .says("")
            .of(1),
    ]);
    rows.extend(RECEIPTS.map(|(stat, state, then)| {
        let answer = Answer::report(&[("stat", stat), ("state", state)]);
        let answer = answer.shown(format!("0x00; receipt {stat} ({state})"));
        row(stat, answer, then)
    }));
    rows
}
