//! Every code: one line each, but for those in `codes_of_files.rs` and `codes_of_programs.rs`. Words for it stand in `words/en.json` and `words/ru.json`, and a test asks for both.

use super::{Inner, Instead, Param, Term};
use std::collections::BTreeMap;

with_codes_of_files! {
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
    /// A required key is missing.
    BodyKeyAbsent { key: String },
    /// A key that such an object does not have.
    BodyKeyUnknown { key: String },
    /// A value of the wrong type.
    BodyTypeUnfit { found: Term, expected: Term },
    /// A word that is none of a list.
    BodyValueUnknown { value: String, known: String },
    /// A value of the wrong form; `said` is English.
    BodyValueUnfit { said: String },
    /// The body is longer than its path takes.
    BodyTooLong { most: usize },
    /// The body did not come in time.
    BodySlow,
    /// The body broke off.
    BodyBroken,
    /// Some values in the body cannot be used; the list says which.
    SomeUnusable,
    /// Nothing is served at this path.
    PathUnknown,
    /// A part of the path is not of the kind expected there.
    PathUnreadable,
    /// The path with its query is too long.
    PathTooLong,
    /// The path exists, but not for this method.
    MethodWrong,
    /// The server already handles as many requests as it has room for.
    ServerFull,
    /// The answer was not ready in time.
    TookTooLong,
    /// The database does not answer.
    DatabaseAway,
    /// A row cannot be read by this version.
    StoredUnreadable,
    /// A defect of Bellhop.
    Defect,
    /// The organisation has no such thing.
    NotHere { what: Term, id: String },
    /// The message is older than messages are kept.
    MessageOutlived { id: String, month: String },
    /// The thing is not in a state that allows this; `said` is English.
    NotNow { said: String },
    /// The organisation's settings are no longer what a change was made from.
    SettingsMoved { expected: i64, found: i64 },
    // Runs and requests that cannot be now.
    /// No run of the mailing is there that single messages could be asked of.
    MailingNotLaunched { mailing: i64 },
    /// Its run is scheduled.
    MailingNotBegun { mailing: i64 },
    /// Its run is paused; `reason` is what was said then.
    MailingPaused { mailing: i64, reason: String },
    /// Its run is over.
    MailingEnded { mailing: i64 },
    /// Its latest run is over, and nothing is there to pause, resume or cancel.
    MailingNotUnderWay { mailing: i64, state: Term },
    MailingNeverLaunched { mailing: i64 },
    /// The id was used for another message.
    RequestIdTaken { request_id: String, mailing: i64 },
    /// A launch while a run is under way.
    LaunchOfRunning { mailing: i64, run: i64 },
    LaunchOfPaused { mailing: i64, run: i64 },
    LaunchOfScheduled { mailing: i64, run: i64 },
    /// A launch of what was launched before.
    LaunchAgain { mailing: i64, run: i64, state: Term },
    /// A launch whose start is past.
    LaunchPast { start: String },
    /// A launch of the texts of a program, which go one by one.
    LaunchOfProgram { mailing: i64, program: i64 },
    /// A change that the run's state does not allow.
    RunStateUnfit { run: i64, state: Term, target: Term },
    /// An app's key may not have it.
    ScopeOfBackends { scope: String },
    KeyNameTaken { name: String },
    /// No doubtful answer waits for a word of the operator.
    NothingHeld { channel: String },
    // Names, ids and amounts as callers write them.
    TextTooLong { most: usize },
    TextHoldsZero,
    /// Space around it, or what nobody sees in it.
    TextInvisible,
    AmountNegative,
    AmountTooLarge { most: String },
    OrderIdEmpty,
    OrderOfNobody,
    OrderTooManyItems { most: usize },
    QuantityBelowOne,
    // Events as callers tell them.
    EventIdEmpty,
    /// The id was used for an event that says something else.
    EventIdTaken { id: String },
    EventOfNobody,
    /// A custom event that does not say what it is.
    EventNameAbsent,
    /// A custom event's key that cannot be a variable.
    EventFieldName,
    EventFieldsTooMany { most: usize },
    EventsTooMany { most: usize },
    ListTooLong { most: usize },
    NumberOutside { least: i64, most: i64 },
    /// Of what is counted, not refunded.
    AmountBelowZero,
    /// It is the guest whom the event is about.
    ReferralOfOneself,
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
    /// With an app's key, of one kind within a day.
    GuestDevicesTooMany { most: u64 },
    NewDevicesTooFast,
    AddressIsObject,
    AddressUnfit { most: usize },
    /// No sender serves this address.
    AddressUnserved { reason: Inner },
    PushServiceUnknown { host: String },
    PushEndpointNoUrl,
    PushEndpointNamesUser,
    PushEndpointUnencrypted { scheme: String },
    PushEndpointPort { port: usize },
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
    // Settings.
    /// The organisation has no such setting.
    SettingUnknown,
    /// Somebody has changed it meanwhile.
    SettingMoved { version: usize },
    /// Somebody has removed it meanwhile.
    SettingGone,
    /// It was to be new, and is there already.
    SettingThere { version: usize },
    /// What is wrong with it; `said` is English.
    SettingUnfit { said: String },
    /// The file or variable is not one that the setting names.
    SettingReference,
    /// Nothing sealed has this mark there.
    SecretMarkUnknown,
    /// A secret may not stay where its sender goes elsewhere.
    SecretCarried,
    /// It cannot be sealed or opened.
    SecretUnsealable { said: Term },
    RateUnfit,
    ProviderUnknown,
    TimezoneUnknown,
    CurrencyUnknown,
    LocaleUnknown,
    QuietHoursUnfit,
    FrequencyCapUnfit,
    StopCoversUnfit,
    ReasonEmpty,
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
    /// They want no notifications on the mailing's channels.
    GuestNotificationsOff,
    /// A word about a purpose in which guests have no say.
    PurposeUnspokenOf,
    /// No proof of where the word comes from.
    ProofAbsent,
    GuestUnreachable,
    ValueAbsent,
    ValueUnknown,
    ValueBlank,
    // Guests' links, and providers' calls.
    LinkGone,
    OpenUncounted,
    WebhookOfNobody,
    WebhookOfMute,
    WebhookForged,
    WebhookUnreadable,
    WebhookUnrecorded,
    // What one guest's text cannot say.
    ValueOfNobody { name: String },
    /// `said` is the engine's, in English.
    ValueUnsuitable { line: usize, column: usize, said: String },
    NoContentFor { channel: String },
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
    CodeToAudience,
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
    // The check of a mailing.
    /// No sender of the brand serves the step's channel.
    NoSenderFor { channel: String },
    /// What the provider says of the template; `said` is English.
    TemplateTrouble { sender: String, said: String },
    /// Its template is all that the mailing has, and the sender knows none.
    TemplateOfGateway { sender: String },
    /// The audience names what nothing has: a slip of the finger, the first of its kind, or neither.
    NameMistyped { what: Term, name: String, near: Vec<String> },
    NameOfNothingYet { what: Term, name: String },
    NameUnlikeOthers { what: Term, name: String, others: usize },
    MoreNamesOfNothing { more: usize },
    NobodyReached,
    // Planned messages that would not be sent, by the reason.
    MessagesExpire { messages: u64, planned: u64 },
    MessagesCapped { messages: u64, planned: u64 },
    MessagesLackValue { messages: u64, planned: u64, name: String },
    MessagesToClosedCountries { messages: u64, planned: u64 },
    MessagesOutsideWindow { messages: u64, planned: u64 },
    /// For another reason, which is English.
    MessagesUnsent { messages: u64, planned: u64, reason: String },
    /// SMS that values make longer; `guests` are some of those whose values they are.
    SmsWidened { messages: u64, of: u64, characters: Vec<char>, guests: String },
    SmsWidenedAndPaid { messages: u64, of: u64, characters: Vec<char>, guests: String, more: u64 },
    // Why messages of a channel, which `of` names, expire, and what would let all of them leave.
    LateWithoutSender { of: String },
    LateHeldBack { of: String, by: String },
    LateAtNight { of: String },
    WouldLeaveLater { of: String, until: String },
    WouldLeaveIfFewer { of: String, most: u64 },
    WouldLeaveByNumbers { of: String, more: u64 },
    // Questions about a mailing that have no answer.
    AudienceOfNothing,
    NothingToForesee { mailing: i64 },
    /// A rehearsal of a time that is none, or too long.
    RehearsalOfNoTime,
    ProgramUnreadable { program: i64 },
    NoTestOnDemand { mailing: i64 },
    GuestUnknown { customer: String, organisation: String },
    GuestGone { organisation: String },
    // Texts of a mailing.
    /// The template language does not have it; `mistake` is one of the next section.
    TextMistake { line: usize, column: usize, mistake: Inner },
    TextTooLarge { most: usize },
    TextEmpty,
    TextOverLimit { length: usize, most: usize },
    VariableUnknown { name: String, known: String, plain: String },
    /// No guest has it.
    VariableUnfilled { name: String },
    /// A variable of every text has the same name.
    AttributeHidden { name: String },
    /// Guests would read what was to be a value.
    PlaceholderLeft { text: String, known: String },
    PlaceholderOfVariable { text: String, name: String },
    PlaceholderAroundValue { text: String },
    PlaceholderOfChoice { text: String },
    EntityLeft { entity: String, meant: Term },
    PushWithLink,
    LinkOfNothing,
    LinkUnused,
    ParameterOfLines,
    SmsTooLong { parts: usize, most: usize },
    SmsCostly { parts: usize },
    /// A few characters make the whole SMS UCS-2.
    SmsStrays { characters: Vec<char>, instead: Vec<Instead> },
    SmsStraysDearer { characters: Vec<char>, instead: Vec<Instead>, parts: usize, fewer: usize },
    // Mistakes in the template language.
    TagUnclosed { open: String, close: String },
    TagTrims,
    TagEmpty,
    TagTooLong,
    TagUnknown { tag: String },
    PlaceOfMeta { place: String, number: String },
    NestedTooDeep { most: usize },
    EndingOutside { keyword: String },
    EndingAfterElse { keyword: String },
    EndingWithCondition { keyword: String },
    ConditionEmpty,
    ConditionUnclosed,
    VaryUnfit,
    VaryBesideOthers,
    FunctionUnknown { name: String },
    /// `said` is the engine's, in English.
    ExpressionUnreadable { said: String },
    ExpressionLacksName { keyword: String },
    EntityInTag { entity: String, meant: Term },
    SignUnknown { sign: String },
    SignUnseen { sign: char },
    SignOfQuotes { sign: String },
    SignOfAssignment,
    SignOfFilter,
    SignOfBraces { sign: String },
    SignOfParts { sign: String },
    TextFilterUnknown { name: String, known: String },
    IsUnknown { word: String },
    CommentOfStaff,
    NoName { word: String },
    BackslashUnknown,
    QuoteUnclosed,
    // Filters.
    FilterTooLarge { conditions: usize, most: usize },
    FilterTooDeep { most: usize },
    FilterNoJson { said: String },
    FilterNoObject { kind: Term },
    FilterNoList { kind: Term },
    FilterOfManyKeys { count: usize, keys: String },
    ConditionUnknown { known: String },
    ConditionKeyUnknown { key: String, known: String },
    ConditionValueUnknown { value: String, known: String },
    /// A value of the wrong type or form; `said` is English.
    ConditionValueUnfit { said: String },
    RangeTurned { min: String, max: String },
    AmountUnfit { text: String },
    AmountBeyondReach { amount: String, most: String },
    MomentUnfit { text: String },
    /// By days and by dates at once, or by the key `between` and beside it.
    PeriodTwice,
    PeriodBesideBetween,
    PeriodTurned { from: String, to: String },
    LanguageTagUnfit { tag: String },
}
