//! An independent SMPP client over rusmpp's codec.

use std::str::FromStr;
use std::time::Duration;

use bellhop_simulator::{
    Channel, ChannelFaults, Faults, Running, Simulator, SimulatorConfig, SmppConfig, SmppReceipts,
};
use futures_util::{SinkExt, StreamExt};
use rusmpp::pdus::{BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm};
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{DataCoding, EsmClass, InterfaceVersion, Npi, RegisteredDelivery, Ton};
use rusmpp::{Command, CommandStatus, Pdu};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_util::codec::Framed;

pub fn quick() -> SmppConfig {
    SmppConfig {
        receipts: SmppReceipts {
            delay_ms: [0, 0],
            retry_ms: 10,
            ..SmppReceipts::default()
        },
        ..SmppConfig::default()
    }
}

pub async fn start(smpp: SmppConfig, faults: ChannelFaults) -> Running {
    let config = SimulatorConfig {
        smpp: Some(smpp),
        faults: Faults {
            smpp: faults,
            ..Faults::default()
        },
        ..SimulatorConfig::default()
    };
    Simulator::start(config).await.unwrap()
}

pub struct Client {
    pub framed: Framed<TcpStream, CommandCodec>,
    pub sequence: u32,
}

impl Client {
    pub async fn connect(sim: &Running) -> Self {
        let stream = TcpStream::connect(sim.smpp_addr().unwrap()).await.unwrap();
        Self {
            framed: Framed::new(stream, CommandCodec::new()),
            sequence: 0,
        }
    }

    pub async fn bound(sim: &Running) -> Self {
        let mut client = Self::connect(sim).await;
        assert_eq!(client.bind("bellhop", "secret").await, CommandStatus::EsmeRok);
        client
    }

    pub async fn bind(&mut self, system_id: &str, password: &str) -> CommandStatus {
        let bind = BindTransceiver::builder()
            .system_id(COctetString::from_str(system_id).unwrap())
            .password(COctetString::from_str(password).unwrap())
            .interface_version(InterfaceVersion::Smpp3_4)
            .build();
        self.ask(bind).await.unwrap().status()
    }

    pub async fn say(&mut self, pdu: impl Into<Pdu>) -> u32 {
        self.sequence += 1;
        let command = Command::new(CommandStatus::EsmeRok, self.sequence, pdu);
        self.framed.send(command).await.unwrap();
        self.sequence
    }

    /// The next PDU; `None` when the connection has ended.
    pub async fn hear(&mut self) -> Option<Command> {
        let heard = tokio::time::timeout(Duration::from_secs(60), self.framed.next()).await;
        heard.unwrap().and_then(Result::ok)
    }

    pub async fn ask(&mut self, pdu: impl Into<Pdu>) -> Option<Command> {
        let sequence = self.say(pdu).await;
        let answer = self.hear().await?;
        assert_eq!(answer.sequence_number(), sequence);
        Some(answer)
    }

    /// Submits a message that must be accepted; returns its id.
    pub async fn taken(&mut self, part: SubmitSm) -> String {
        match self.ask(part).await.unwrap().pdu() {
            Some(Pdu::SubmitSmResp(resp)) => resp.message_id().as_str().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    pub async fn refused(&mut self, part: SubmitSm) -> u32 {
        self.ask(part).await.unwrap().status().into()
    }

    /// The next `deliver_sm`, answered with `status`.
    pub async fn told(&mut self, status: CommandStatus) -> DeliverSm {
        let command = self.hear().await.unwrap();
        let Some(Pdu::DeliverSm(deliver)) = command.pdu() else {
            panic!("{command:?}");
        };
        let answer = Command::new(status, command.sequence_number(), DeliverSmResp::default());
        self.framed.send(answer).await.unwrap();
        deliver.clone()
    }
}

pub fn part(to: &str, esm_class: u8, coding: u8, octets: &[u8]) -> SubmitSm {
    SubmitSm::builder()
        .source_addr_ton(Ton::Alphanumeric)
        .source_addr(COctetString::from_str("PIZZA").unwrap())
        .dest_addr_ton(Ton::International)
        .dest_addr_npi(Npi::Isdn)
        .destination_addr(COctetString::from_str(to).unwrap())
        .esm_class(EsmClass::from(esm_class))
        .data_coding(DataCoding::from(coding))
        .registered_delivery(RegisteredDelivery::from(0))
        .short_message(OctetString::from_slice(octets).unwrap())
        .build()
}

pub fn plain(to: &str, text: &str) -> SubmitSm {
    part(to, 0, 0, text.as_bytes())
}

pub fn with_receipt(mut part: SubmitSm) -> SubmitSm {
    part.registered_delivery = RegisteredDelivery::from(1);
    part
}

pub async fn ledger(sim: &Running) -> Vec<Value> {
    let url = format!("{}/_sim/messages?channel=smpp", sim.admin_url());
    let lines = reqwest::get(url).await.unwrap().text().await.unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn counts(sim: &Running) -> (u64, u64, u64) {
    let summary = sim.summary();
    let smpp = summary.channels.get(Channel::Smpp).unwrap();
    (smpp.accepted, smpp.refused, smpp.duplicates)
}
