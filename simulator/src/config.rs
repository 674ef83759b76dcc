//! The simulator's configuration: one section of the file, or built in code by tests and the demo.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

use crate::faults::Faults;
use crate::graph::GraphConfig;
use crate::green_api::GreenApiConfig;
use crate::smpp::SmppConfig;
use crate::telegram::TelegramConfig;
use crate::waha::WahaConfig;

pub use crate::sections::{ApnsConfig, FcmConfig, PeopleConfig, ReportsConfig, SmsConfig, Tls, WebPushConfig};

/// Everything that can be set. The default is FCM, SMSC.ru and the admin interface on free ports of 127.0.0.1, no TLS, no faults and no people; any other provider starts when it has a section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimulatorConfig {
    /// FCM: `/token` and `/v1/projects/…/messages:send`. Port 0 takes a free one.
    pub fcm_addr: SocketAddr,
    /// SMSC.ru: `/sys/send.php`, `/rest/send/`, `/sys/status.php`.
    pub sms_addr: SocketAddr,
    /// `/_sim/…`, always plain HTTP/1.1.
    pub admin_addr: SocketAddr,
    pub tls: Tls,
    /// The seed from which everything random is drawn.
    pub seed: u64,
    pub fcm: FcmConfig,
    pub sms: SmsConfig,
    /// Apple; absent without its section.
    pub apns: Option<ApnsConfig>,
    pub smpp: Option<SmppConfig>,
    /// Meta's Graph API: `/v…/{phone_number_id}/messages`, files, templates.
    pub whatsapp: Option<GraphConfig>,
    /// The browsers' push service; it starts when this is there.
    pub web_push: Option<WebPushConfig>,
    pub faults: Faults,
    /// WhatsApp by a WAHA server.
    pub waha: Option<WahaConfig>,
    /// WhatsApp by Green-API.
    pub green_api: Option<GreenApiConfig>,
    /// A bot of Telegram's.
    pub telegram: Option<TelegramConfig>,
    /// Simulated guests; nobody opens anything without them.
    pub people: Option<PeopleConfig>,
}

impl Default for SimulatorConfig {
    fn default() -> Self {
        let free_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            fcm_addr: free_port,
            sms_addr: free_port,
            admin_addr: free_port,
            tls: Tls::None,
            seed: 1,
            fcm: FcmConfig::default(),
            sms: SmsConfig::default(),
            apns: None,
            smpp: None,
            whatsapp: None,
            web_push: None,
            faults: Faults::default(),
            waha: None,
            green_api: None,
            telegram: None,
            people: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_reads_and_an_unknown_field_does_not() {
        let read = |json| serde_json::from_str::<SimulatorConfig>(json);
        let config = read(r#"{"tls":{"self-signed":{"ca_file":"ca.pem"}},"faults":{"push":{"internal":0.1}},"people":{"time_scale":3600}}"#).unwrap();
        assert!(matches!(config.tls, Tls::SelfSigned { .. }));
        assert!(matches!(read(r#"{"tls":"none"}"#).unwrap().tls, Tls::None));
        for wrong in [
            r#"{"sead":1}"#,
            r#"{"faults":{"push":{"interal":0.1}}}"#,
            r#"{"sms":{"reports":{"uri":""}}}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secrets_do_not_print() {
        let printed = format!("{:?}", SimulatorConfig::default());
        assert!(!printed.contains("sim-api-key"));
    }
}
