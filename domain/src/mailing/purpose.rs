//! What a mailing is for and who gets it: which rules hold for its messages (PRODUCT.md §14).

use super::{MailingSpec, OnDemand};
use crate::fault::{Fault, Why};
use crate::{Origin, Purpose};

impl<A> MailingSpec<A> {
    /// What its messages are for. If the file does not say, a mailing to an audience is marketing and a mailing on
    /// demand is a notification.
    pub fn purpose(&self) -> Purpose {
        self.purpose.unwrap_or(match self.on_demand {
            Some(_) => Purpose::Notification,
            None => Purpose::Marketing,
        })
    }

    /// Where its messages come from.
    pub fn origin(&self) -> Origin {
        match self.on_demand {
            Some(_) => Origin::Request,
            None => Origin::Audience,
        }
    }

    /// Whether its messages wait for the guest's morning: marketing always does, a notification if the file asks for
    /// it.
    pub fn keeps_quiet_hours(&self) -> bool {
        self.purpose().obeys_quiet_hours() || self.quiet_hours == Some(true)
    }

    /// What is wrong with whom it goes to, and with what it is for.
    pub(super) fn purpose_problems(&self) -> Vec<Fault> {
        let mut found = Vec::new();
        match (&self.audience, &self.on_demand) {
            (None, None) => found.push(Why::AudienceAbsent.at("audience")),
            (Some(_), Some(_)) => found.push(Why::AudienceOfOnDemand.at("audience")),
            _ => {}
        }
        if !self.purpose().may_stand_in_a_file() {
            found.push(Why::PurposeOfOperators.at("purpose"));
        }
        if self.purpose() == Purpose::Code && self.origin() == Origin::Audience {
            found.push(Why::CodeToAudience.at("purpose"));
        }
        if !self.purpose().may_be_credited() && self.target_promo.is_some() {
            found.push(Why::PromoOfNotification.at("target_promo"));
        }
        if self.purpose().obeys_quiet_hours() && self.quiet_hours == Some(false) {
            found.push(Why::QuietHoursOfMarketing.at("quiet_hours"));
        }
        found.extend(self.on_demand.iter().flat_map(OnDemand::problems));
        found
    }

    /// What one has to know before launching it.
    pub(super) fn purpose_doubt(&self) -> Option<Fault> {
        let unasked = self.origin() == Origin::Audience && !self.purpose().needs_consent();
        unasked.then(|| Why::NotificationToAudience.at("purpose"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(words: &str) -> MailingSpec<serde_json::Value> {
        let file =
            format!(r#"{{"name":"n",{words}"contents":{{"sms":{{"text":"t"}}}},"waterfall":[{{"channel":"sms"}}]}}"#);
        serde_json::from_str(&file).unwrap()
    }

    fn places(words: &str) -> Vec<String> {
        read(words).problems().into_iter().map(|p| p.place).collect()
    }

    #[test]
    fn a_mailing_has_an_audience_or_is_sent_on_demand() {
        for (words, expected) in [
            (r#""audience":{},"#, &[][..]),
            (r#""on_demand":{"values":["code"]},"#, &[]),
            ("", &["audience"]),
            (r#""audience":{},"on_demand":{},"#, &["audience"]),
            (r#""on_demand":{},"target_promo":"P","#, &["target_promo"]),
            (
                r#""audience":{},"purpose":"notification","target_promo":"P","#,
                &["target_promo"],
            ),
            (r#""on_demand":{},"purpose":"marketing","target_promo":"P","#, &[]),
            (r#""on_demand":{},"purpose":"reply","#, &["purpose"]),
            (r#""on_demand":{},"purpose":"code","#, &[]),
            (r#""audience":{},"purpose":"code","#, &["purpose"]),
            (r#""audience":{},"quiet_hours":false,"#, &["quiet_hours"]),
            (r#""audience":{},"quiet_hours":true,"#, &[]),
            (r#""on_demand":{},"quiet_hours":false,"#, &[]),
        ] {
            assert_eq!(places(words), expected, "{words}");
        }
        let values = places(r#""on_demand":{"values":["Code","name","code","code"]},"#);
        assert_eq!(values.len(), 3);
    }

    #[test]
    fn what_the_file_says_and_what_it_leaves_out() {
        use Origin::{Audience, Request};
        use Purpose::{Marketing, Notification};
        for (words, purpose, origin, quiet_hours, doubted) in [
            (r#""audience":{},"#, Marketing, Audience, true, false),
            (
                r#""audience":{},"purpose":"marketing","#,
                Marketing,
                Audience,
                true,
                false,
            ),
            (
                r#""audience":{},"purpose":"notification","#,
                Notification,
                Audience,
                false,
                true,
            ),
            (r#""on_demand":{},"#, Notification, Request, false, false),
            (
                r#""on_demand":{},"purpose":"marketing","#,
                Marketing,
                Request,
                true,
                false,
            ),
            (
                r#""on_demand":{},"quiet_hours":true,"#,
                Notification,
                Request,
                true,
                false,
            ),
        ] {
            let spec = read(words);
            assert_eq!((spec.purpose(), spec.origin()), (purpose, origin), "{words}");
            assert_eq!(spec.keeps_quiet_hours(), quiet_hours, "{words}");
            assert_eq!(
                spec.doubts().iter().any(|doubt| doubt.place == "purpose"),
                doubted,
                "{words}"
            );
            let text = serde_json::to_string(&spec).unwrap();
            assert_eq!(
                serde_json::from_str::<MailingSpec<serde_json::Value>>(&text).unwrap(),
                spec
            );
        }
    }

    #[test]
    fn the_older_name_of_on_demand_says_the_same() {
        let (old, new) = (
            read(r#""transactional":{"values":["code"]},"#),
            read(r#""on_demand":{"values":["code"]},"#),
        );
        assert_eq!(old, new);
    }

    proptest! {
        /// Whatever a file says, a message that needs no consent is neither credited nor capped, and keeps quiet
        /// hours only if the file asks for that.
        #[test]
        fn a_file_that_is_right_is_marketing_with_all_its_rules_or_a_notification_with_none(
            on_demand: bool, purpose in prop::option::of(prop::sample::select(Purpose::ALL.to_vec())),
            quiet_hours: Option<bool>, promo: bool,
        ) {
            let mut spec = read(if on_demand { r#""on_demand":{},"# } else { r#""audience":{},"# });
            spec.purpose = purpose;
            spec.quiet_hours = quiet_hours;
            spec.target_promo = promo.then(|| "P".to_owned());
            let purpose = spec.purpose();
            if spec.problems().is_empty() {
                prop_assert!(purpose != Purpose::Reply);
                prop_assert!(purpose.may_be_credited() || !promo);
                let strict = purpose == Purpose::Marketing;
                prop_assert_eq!(purpose.needs_consent(), strict);
                prop_assert_eq!(purpose.obeys_caps(), strict);
                prop_assert_eq!(spec.keeps_quiet_hours(), strict || quiet_hours == Some(true));
            }
            prop_assert_eq!(spec.origin().is_planned(), !on_demand);
        }
    }
}
