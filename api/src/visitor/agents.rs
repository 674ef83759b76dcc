//! The names that programs give themselves. No list is ever complete, so rules come first: a program that is not a
//! browser does not write its name like one, and an honest robot says that it is one, or where to find its owner.

/// Marks of programs that fetch a page while nobody is looking, whether they imitate a browser or not.
const MARKS: [&str; 58] = [
    "facebookexternalhit",
    "facebookcatalog",
    "meta-external",
    "google-",
    "googleother",
    "google favicon",
    "googleimageproxy",
    "google web preview",
    "apis-google",
    "feedfetcher",
    "mediapartners",
    "adsbot",
    "chrome-lighthouse",
    "headless",
    "phantomjs",
    "slimerjs",
    "puppeteer",
    "playwright",
    "selenium",
    "cypress/",
    "preview",
    "prerender",
    "prefetch",
    "crawl",
    "spider",
    "slurp",
    "scrap",
    "scanner",
    "fetcher",
    "imageproxy",
    "imgproxy",
    "mailproxy",
    "validator",
    "urlscan",
    "linkcheck",
    "link checker",
    "link preview",
    "vkshare",
    "cardyb",
    "embedly",
    "iframely",
    "skypeuripreview",
    "ms-office",
    "msoffice",
    "microsoft office",
    "microsoft outlook",
    "safelinks",
    "barracuda",
    "proofpoint",
    "mimecast",
    "fortinet",
    "forcepoint",
    "trendmicro",
    "symantec",
    "virustotal",
    "pingdom",
    "ptst/",
    "gtmetrix",
];

/// The beginnings of names of browsers from before all browsers called themselves Mozilla.
const OLD_BROWSERS: [&str; 9] = [
    "opera/",
    "opera mini",
    "ucweb",
    "ucbrowser",
    "nokia",
    "blackberry",
    "samsung-",
    "sonyericsson",
    "lg-",
];

/// Phones whose name ends like a robot's.
const NO_ROBOTS: [&str; 1] = ["cubot"];

/// Whether a `User-Agent` is a browser's, with somebody in front of it.
pub(super) fn is_a_browser(agent: &str) -> bool {
    let agent = agent.to_lowercase();
    let writes_like_one = agent.starts_with("mozilla/") && agent.contains('(');
    if !writes_like_one && !OLD_BROWSERS.iter().any(|old| agent.starts_with(old)) {
        return false;
    }
    !(MARKS.iter().any(|mark| agent.contains(mark))
        || says_where_its_owner_is(&agent)
        || is_called_a_bot(&agent)
        || is_merely_compatible(&agent))
}

/// `(+https://owner.example/bot)`; no browser advertises.
fn says_where_its_owner_is(agent: &str) -> bool {
    agent.contains("http://") || agent.contains("https://") || agent.contains("+www.") || agent.contains('@')
}

/// A word that ends with *bot*.
fn is_called_a_bot(agent: &str) -> bool {
    agent
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| word.ends_with("bot") && !NO_ROBOTS.contains(&word))
}

/// `Mozilla/5.0 (compatible; Name/1.0)`, which only a few old browsers write.
fn is_merely_compatible(agent: &str) -> bool {
    let browsers = ["msie", "trident", "konqueror"];
    agent.contains("(compatible;") && !browsers.iter().any(|browser| agent.contains(browser))
}

#[cfg(test)]
mod tests {
    use super::is_a_browser;

    #[test]
    fn browsers_are_told_from_what_fetches() {
        for (agents, is_browser) in [(include_str!("people.txt"), true), (include_str!("robots.txt"), false)] {
            for agent in agents.lines() {
                assert_eq!(is_a_browser(agent), is_browser, "{agent}");
            }
        }
        assert!(!is_a_browser(""));
    }
}
