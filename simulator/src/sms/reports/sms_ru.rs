//! SMS.ru's reports (PROVIDERS §4.8).

use reqwest::RequestBuilder;

/// A call with one report.
#[derive(Debug)]
pub(in crate::sms) struct Report {
    pub(in crate::sms) url: String,
    pub(in crate::sms) id: String,
    pub(in crate::sms) status: String,
}

impl Report {
    pub(in crate::sms) fn write(&self, request: RequestBuilder) -> RequestBuilder {
        let record = format!("sms_status\n{}\n{}\n", self.id, self.status);
        request.form(&[("data[0]", record)])
    }
}
