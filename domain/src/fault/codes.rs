//! Every code: one line each. Words for it stand in `words/en.json` and `words/ru.json`, and a test asks for both.

use super::Param;
use std::collections::BTreeMap;

codes! {
    // The door of the HTTP API.
    /// No key was sent.
    ApiKeyAbsent,
    /// No key in force has this text.
    ApiKeyUnknown,
    /// The key may not do this.
    ApiKeyLacksScope { key: String, scope: String },
    /// The header does not say that the body is JSON.
    BodyNotDeclaredJson,
    /// The body is not JSON.
    BodyNotJson { line: usize, column: usize },
    /// A key that every such object has is not there.
    BodyKeyAbsent { key: String },
    /// A key that no such object has.
    BodyKeyUnknown { key: String },
    /// A value of the wrong type or form; `said` is English.
    BodyValueUnfit { said: String },
    /// The body is longer than its path takes.
    BodyTooLong { most: usize },
    /// The body did not come in time.
    BodySlow,
    /// The body broke off.
    BodyBroken,
    /// Some places of the body cannot be used: the list says which.
    SomeUnusable,
    /// Nothing is served at this path.
    PathUnknown,
    /// A part of the path is not what stands there.
    PathUnreadable,
    /// The path with its query is too long.
    PathTooLong,
    /// The path is served by other methods.
    MethodWrong,
    /// As many requests as there is room for are in hand.
    ServerFull,
    /// The answer was not ready in time.
    TookTooLong,
    /// The database does not answer.
    DatabaseAway,
    /// A row cannot be read by this version.
    StoredUnreadable,
    /// A defect of Bellhop.
    Defect,
    /// The organisation has no such thing; `what` is English.
    NotHere { what: String, id: String },
    /// The thing is not in a state that allows this; `said` is English.
    NotNow { said: String },
    // Names, ids and amounts as callers write them.
    TextTooLong { most: usize },
    TextHoldsZero,
    AmountNegative,
    AmountTooLarge { most: String },
    OrderIdEmpty,
    OrderOfNobody,
    OrderTooManyItems { most: usize },
    QuantityBelowOne,
    // Addresses of guests.
    EnvironmentOfApnsOnly,
    KindOfBackendOnly,
    CustomerUnproven,
    CustomerToldTwice,
    GuestTokenKeysAbsent,
    GuestTokenUnsigned,
    GuestTokenOfAnother,
    GuestTokenClaims,
    GuestTokenExpired,
    GuestTokenEarly,
    GuestTokenLongLived,
    AddressIsObject,
    AddressUnfit { most: usize },
    /// None of the senders serves it; `said` is the provider's, in English.
    AddressUnserved { said: String },
    NoUserId { channel: String },
    NoApnsToken,
    FcmTokenEmpty,
    FcmTokenLong,
    FcmTokenCharacters,
    FcmTokenWord,
    FcmTokenNumber,
    FcmTokenOfApns,
    FcmTokenId,
    NoSubscription,
    SubscriptionEndpoint,
    SubscriptionNowhere,
    SubscriptionKeys,
    // Phones.
    PhoneUnreadable,
    PhoneLetter { letter: char },
    PhoneLetterLikeDigit { letter: char, digit: char },
    PhoneWord,
    PhoneCharacter { character: char },
    PhoneSpreadsheet,
    PhoneExtension,
    PhoneSeveral,
    PhoneLong { digits: usize },
    PhoneShort { digits: usize },
    PhonePlus,
    PhoneCountry,
    PhoneInvalid,
    PhoneInvalidIn { country: String },
    PhoneAmbiguous,
    PhonePremium,
    RegionUnknown { region: String },
    // Messages on demand and opens.
    MessageUnknown,
    RequestIdEmpty,
    MailingUnknown,
    MailingNotOnDemand,
    RecipientTwice,
    RecipientAbsent,
    CustomerUnknown,
    PhoneOfNoUse,
    GuestBlacklisted,
    GuestUnconsenting,
    GuestUnreachable,
    ValueAbsent,
    ValueUnknown,
    ValueBlank,
    // The mailing file.
    MailingNameEmpty,
    WaterfallEmpty,
    LifeZero,
    AudienceAbsent,
    AudienceOfOnDemand,
    PurposeOfOperators,
    PromoOfNotification,
    QuietHoursOfMarketing,
    NotificationToAudience,
    StepRepeated,
    StepWithoutContent { channel: String },
    NeverDelivered { channel: String },
    NoWebAddress,
    TooManyActions { has: usize, most: usize },
    ValueNameUnfit,
    ValueNameTaken,
    ValueNameTwice,
    WhatsAppSilent,
    WhatsAppTwoVoices,
    MediaSticker,
    CaptionOfAudio,
    FilenameOfNoDocument,
    TemplateNameUnfit,
    TemplateLanguageUnfit,
    ButtonIndexUnfit,
    ButtonWithoutLink,
    ButtonParameterAbsent,
}
