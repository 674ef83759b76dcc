//! Refusals that only APNs has.

/// The refusals that only APNs has: the name in `faults.apns.own`, the status and the reason.
pub(crate) const OWN: [(&str, u16, &str); 25] = [
    ("expired_provider_token", 403, "ExpiredProviderToken"),
    ("too_many_provider_token_updates", 429, "TooManyProviderTokenUpdates"),
    ("missing_provider_token", 403, "MissingProviderToken"),
    ("unrelated_key_id_in_token", 403, "UnrelatedKeyIdInToken"),
    ("bad_environment_key_in_token", 403, "BadEnvironmentKeyInToken"),
    ("bad_certificate", 403, "BadCertificate"),
    ("bad_certificate_environment", 403, "BadCertificateEnvironment"),
    ("forbidden", 403, "Forbidden"),
    ("topic_disallowed", 400, "TopicDisallowed"),
    ("idle_timeout", 400, "IdleTimeout"),
    ("shutdown", 503, "Shutdown"),
    ("expired_token", 410, "ExpiredToken"),
    ("payload_too_large", 413, "PayloadTooLarge"),
    ("bad_collapse_id", 400, "BadCollapseId"),
    ("bad_expiration_date", 400, "BadExpirationDate"),
    ("bad_message_id", 400, "BadMessageId"),
    ("bad_priority", 400, "BadPriority"),
    ("bad_topic", 400, "BadTopic"),
    ("duplicate_headers", 400, "DuplicateHeaders"),
    ("invalid_push_type", 400, "InvalidPushType"),
    ("missing_device_token", 400, "MissingDeviceToken"),
    ("missing_topic", 400, "MissingTopic"),
    ("bad_path", 404, "BadPath"),
    ("method_not_allowed", 405, "MethodNotAllowed"),
    ("unheard_of", 400, "BrandNewReason"),
];

/// The names of [`OWN`].
pub(crate) const NAMES: [&str; OWN.len()] = {
    let mut names = [""; OWN.len()];
    let mut index = 0;
    while index < OWN.len() {
        names[index] = OWN[index].0;
        index += 1;
    }
    names
};
