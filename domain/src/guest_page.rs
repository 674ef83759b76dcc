//! What a brand sets about the pages of its guests (PRODUCT.md §7, §10): which rating is a good one, where a guest may say it
//! again in public, and where an invitation leads.

use crate::event::STARS;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The settings of guests' own pages and of the rating page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GuestPage {
    /// The stars from which on a rating is a good one; one below becomes an unprocessed review.
    pub border: i64,
    /// After which ratings the map services' links are shown.
    pub maps_after: MapsAfter,
    /// The brand's places there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub maps: Vec<MapLink>,
    /// Where an invitation leads, with `{code}` in the place of the guest's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral_link: Option<String>,
}

/// After which ratings links to map services are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MapsAfter {
    /// After every rating.
    #[default]
    All,
    /// After good ones alone.
    High,
}

/// A place of the brand at a map service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapLink {
    /// Of which restaurant, by name; absent: of all that have none of their own at this service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restaurant: Option<String>,
    pub service: MapService,
    pub url: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MapService {
    #[serde(rename = "yandex")]
    Yandex,
    #[serde(rename = "2gis")]
    TwoGis,
    #[serde(rename = "google")]
    Google,
    #[serde(rename = "tripadvisor")]
    Tripadvisor,
}

/// What is wrong with the settings of guests' pages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("border is {0}; it is a number of stars from 1 to 5")]
    Border(i64),
    #[error("{0:?} is no web address; write one that begins with https://")]
    Address(String),
    #[error("referral_link has no {{code}} in it; put it where the guest's code is to stand")]
    WithoutCode,
}

impl Default for GuestPage {
    fn default() -> Self {
        Self {
            border: 4,
            maps_after: MapsAfter::default(),
            maps: Vec::new(),
            referral_link: None,
        }
    }
}

impl MapService {
    /// As guests know it.
    pub fn title(self) -> &'static str {
        match self {
            MapService::Yandex => "Яндекс Карты",
            MapService::TwoGis => "2ГИС",
            MapService::Google => "Google Maps",
            MapService::Tripadvisor => "Tripadvisor",
        }
    }
}

impl fmt::Display for MapService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

impl GuestPage {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// # Errors
    /// What cannot be used.
    pub fn check(&self) -> Result<Self, Unfit> {
        if !STARS.contains(&self.border) {
            return Err(Unfit::Border(self.border));
        }
        let is_address = |url: &str| url.starts_with("https://") && !url.contains(char::is_whitespace);
        let addresses = self.maps.iter().map(|link| &link.url).chain(&self.referral_link);
        if let Some(url) = addresses.into_iter().find(|url| !is_address(url)) {
            return Err(Unfit::Address(url.clone()));
        }
        match &self.referral_link {
            Some(link) if !link.contains("{code}") => Err(Unfit::WithoutCode),
            _ => Ok(self.clone()),
        }
    }

    /// The links to show after a rating of an order of this restaurant: one for each service.
    pub fn links(&self, restaurant: Option<&str>, stars: i64) -> Vec<&MapLink> {
        if self.maps_after == MapsAfter::High && stars < self.border {
            return Vec::new();
        }
        let own = |link: &&MapLink| link.restaurant.is_some() && link.restaurant.as_deref() == restaurant;
        let mut shown: Vec<&MapLink> = self.maps.iter().filter(own).collect();
        for link in self.maps.iter().filter(|link| link.restaurant.is_none()) {
            if shown.iter().all(|known| known.service != link.service) {
                shown.push(link);
            }
        }
        shown.sort_by_key(|link| link.service);
        shown
    }

    /// Where an invitation by this code leads.
    pub fn invitation(&self, code: &str) -> Option<String> {
        self.referral_link.as_ref().map(|link| link.replace("{code}", code))
    }
}

/// The letters and digits of a referral code: none is taken for another, aloud or on paper.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Letters of a code: 40 random bits, of which guesses over HTTP find none.
const CODE_LETTERS: usize = 8;

/// A referral code made of random bits, like `K7QM-2XHD`.
pub fn referral_code(random: u64) -> String {
    let letter = |place: usize| {
        let bits = (random >> (5 * place)) & 31;
        char::from(LETTERS[bits as usize])
    };
    let mut code: String = (0..CODE_LETTERS).map(letter).collect();
    code.insert(CODE_LETTERS / 2, '-');
    code
}

/// A code as it is kept, from however somebody has written it; `None` of what can be none.
pub fn read_code(text: &str) -> Option<String> {
    let letters = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '–' | '—'));
    let mut code: String = letters.map(|c| c.to_ascii_uppercase()).collect();
    if code.len() != CODE_LETTERS || !code.bytes().all(|byte| LETTERS.contains(&byte)) {
        return None;
    }
    code.insert(CODE_LETTERS / 2, '-');
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(restaurant: Option<&str>, service: MapService) -> MapLink {
        MapLink {
            restaurant: restaurant.map(str::to_owned),
            service,
            url: format!("https://maps.example/{}", restaurant.unwrap_or("all")),
        }
    }

    #[test]
    fn a_restaurants_own_place_comes_before_the_brands() {
        let mut page = GuestPage {
            maps: vec![
                link(None, MapService::Google),
                link(None, MapService::Yandex),
                link(Some("Arbat"), MapService::Yandex),
            ],
            ..GuestPage::default()
        };
        let shown = |page: &GuestPage, restaurant, stars| -> Vec<String> {
            page.links(restaurant, stars)
                .iter()
                .map(|link| link.url.clone())
                .collect()
        };
        let all = ["https://maps.example/all"; 2];
        assert_eq!(
            shown(&page, Some("Arbat"), 1),
            ["https://maps.example/Arbat", "https://maps.example/all"]
        );
        assert_eq!(shown(&page, None, 1), all);
        page.maps_after = MapsAfter::High;
        assert_eq!(shown(&page, None, 3), Vec::<String>::new());
        assert_eq!(shown(&page, None, 4), all);
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        let page = |change: &dyn Fn(&mut GuestPage)| {
            let mut page = GuestPage::default();
            change(&mut page);
            page.check().map(|_| ())
        };
        assert_eq!(page(&|_| {}), Ok(()));
        assert_eq!(page(&|it| it.border = 6), Err(Unfit::Border(6)));
        let unsafe_one = "javascript:alert(1)".to_owned();
        assert_eq!(
            page(&|it| it.referral_link = Some(unsafe_one.clone())),
            Err(Unfit::Address(unsafe_one.clone()))
        );
        assert_eq!(
            page(&|it| it.referral_link = Some("https://b.example/i".to_owned())),
            Err(Unfit::WithoutCode)
        );
        let told = page(&|it| it.referral_link = Some("https://b.example/i".to_owned())).unwrap_err();
        assert!(told.to_string().contains("{code}"), "{told}");
    }

    #[test]
    fn a_code_is_read_however_it_is_written() {
        assert_eq!(referral_code(0), "2222-2222");
        assert_eq!(referral_code(u64::MAX), "ZZZZ-ZZZZ");
        let code = referral_code(0x1234_5678_9abc);
        for written in [
            code.clone(),
            code.to_lowercase(),
            code.replace('-', ""),
            code.replace('-', " – "),
        ] {
            assert_eq!(read_code(&written).as_deref(), Some(code.as_str()), "{written}");
        }
        for none in ["", "2222-222", "2222-22222", "0000-0000", "2222-222О"] {
            assert_eq!(read_code(none), None, "{none}");
        }
    }
}
