//! Refusals of the Graph API (PROVIDERS §5.5).

/// Every code that can be injected, by its name as a fault, with its HTTP status and title.
pub(crate) const CODES: [(&str, u32, u16, &str); 55] = [
    ("4", 4, 400, "API Too Many Calls"),
    ("10", 10, 403, "API Permission Denied"),
    ("33", 33, 400, "Parameter value is not valid"),
    ("100", 100, 400, "Invalid parameter"),
    ("190", 190, 401, "Access token has expired"),
    ("200", 200, 403, "API Permission"),
    ("368", 368, 403, "Temporarily blocked for policies violations"),
    ("80007", 80_007, 400, "Rate limit issues"),
    ("130403", 130_403, 400, "Recipient is blocked"),
    ("130429", 130_429, 400, "Rate limit hit"),
    ("130472", 130_472, 400, "User's number is part of an experiment"),
    (
        "130497",
        130_497,
        403,
        "Business account is restricted from messaging users in this country",
    ),
    ("130501", 130_501, 400, "Message type is not supported for groups"),
    ("131000", 131_000, 500, "Something went wrong"),
    ("131005", 131_005, 403, "Access denied"),
    ("131008", 131_008, 400, "Required parameter is missing"),
    ("131009", 131_009, 400, "Parameter value is not valid"),
    ("131016", 131_016, 500, "Service unavailable"),
    ("131021", 131_021, 400, "Recipient cannot be sender"),
    ("131026", 131_026, 400, "Message undeliverable"),
    ("131030", 131_030, 400, "Recipient phone number not in allowed list"),
    ("131031", 131_031, 403, "Account has been locked"),
    ("131037", 131_037, 400, "Display name approval needed"),
    ("131042", 131_042, 400, "Business eligibility payment issue"),
    ("131045", 131_045, 500, "Incorrect certificate"),
    ("131047", 131_047, 400, "Re-engagement message"),
    ("131048", 131_048, 400, "Spam rate limit hit"),
    (
        "131049",
        131_049,
        400,
        "This message was not delivered to maintain healthy ecosystem engagement",
    ),
    (
        "131050",
        131_050,
        400,
        "User has stopped marketing messages from this business",
    ),
    ("131051", 131_051, 400, "Unsupported message type"),
    ("131052", 131_052, 400, "Media download error"),
    ("131053", 131_053, 400, "Media upload error"),
    ("131055", 131_055, 400, "Marketing messages endpoint state"),
    ("131056", 131_056, 400, "Pair rate limit hit"),
    ("131057", 131_057, 500, "Account in maintenance mode"),
    ("131062", 131_062, 400, "Business-scoped user id is not allowed here"),
    ("131063", 131_063, 400, "Marketing on Cloud API is disabled"),
    (
        "131064",
        131_064,
        400,
        "Template limit after a classification violation",
    ),
    ("132000", 132_000, 400, "Template Param Count Mismatch"),
    ("132001", 132_001, 404, "Template does not exist"),
    ("132005", 132_005, 400, "Template hydrated text too long"),
    ("132007", 132_007, 400, "Template format character policy violated"),
    ("132008", 132_008, 400, "Template parameter value is not valid"),
    ("132012", 132_012, 400, "Template parameter format mismatch"),
    ("132015", 132_015, 400, "Template is paused"),
    ("132016", 132_016, 400, "Template is disabled"),
    (
        "132018",
        132_018,
        400,
        "There is an issue with the parameters in your template",
    ),
    ("132068", 132_068, 400, "Flow is blocked"),
    ("132069", 132_069, 400, "Flow is throttled"),
    ("133004", 133_004, 503, "Server temporarily unavailable"),
    ("133010", 133_010, 400, "Phone number not registered"),
    ("134011", 134_011, 400, "WhatsApp payments terms have not been accepted"),
    ("134101", 134_101, 400, "Template is being synced"),
    ("135000", 135_000, 400, "Generic user error"),
    ("137000", 137_000, 400, "Recipient identity key hash mismatch"),
];

/// The names in [`CODES`], which are faults of this lane.
pub(crate) const NAMES: [&str; CODES.len()] = {
    let (mut names, mut at) = ([""; CODES.len()], 0);
    while at < CODES.len() {
        names[at] = CODES[at].0;
        at += 1;
    }
    names
};
