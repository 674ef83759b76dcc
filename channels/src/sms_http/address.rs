//! The URL of a call, in the forms that its caller may have signed. Proxies, consoles and libraries write the same
//! URL in several ways.

use std::collections::BTreeSet;

/// With more parameters than this, the sorted order is not tried.
const SORTED_AT_MOST: usize = 50;

/// All ways to write the URL that lead to the same place: with or without the scheme's default port, with or without
/// a slash after the path, with the host in lower case, with a sorted query. The first is the URL as it came.
pub(super) fn same_places(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return vec![url.to_owned()];
    };
    let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    let (mut ways, mut known) = (Vec::new(), BTreeSet::new());
    for authority in authorities(scheme, authority) {
        for path in paths(path) {
            for query in queries(query) {
                let query = query.map(|query| format!("?{query}")).unwrap_or_default();
                let way = format!("{scheme}://{authority}{path}{query}");
                if known.insert(way.clone()) {
                    ways.push(way);
                }
            }
        }
    }
    ways
}

fn authorities(scheme: &str, authority: &str) -> Vec<String> {
    let port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return vec![authority.to_owned()],
    };
    let bare = authority.strip_suffix(port).unwrap_or(authority);
    let host = bare.rsplit('@').next().unwrap_or(bare);
    let has_other_port =
        host.trim_start_matches(|c| c != ']').contains("]:") || (!host.contains(']') && host.contains(':'));
    let mut ways = vec![authority.to_owned(), bare.to_owned()];
    if !has_other_port {
        ways.push(format!("{bare}{port}"));
    }
    let small: Vec<String> = ways.iter().map(|way| way.to_ascii_lowercase()).collect();
    ways.extend(small);
    ways
}

fn paths(path: &str) -> [String; 2] {
    match path.strip_suffix('/') {
        Some(bare) => [path.to_owned(), bare.to_owned()],
        None => [path.to_owned(), format!("{path}/")],
    }
}

fn queries(query: Option<&str>) -> Vec<Option<String>> {
    let Some(query) = query else {
        return vec![None];
    };
    let mut pairs: Vec<&str> = query.split('&').collect();
    let mut ways = vec![Some(query.to_owned())];
    if pairs.len() <= SORTED_AT_MOST {
        pairs.sort_unstable();
        ways.push(Some(pairs.join("&")));
    }
    ways
}

#[cfg(test)]
mod tests {
    use super::same_places;

    #[test]
    fn one_address_in_several_ways() {
        let same = |a: &str, b: &str| same_places(a).contains(&b.to_owned());
        for (came, signed) in [
            ("https://bell.example/w/tw/sms", "https://bell.example/w/tw/sms"),
            ("https://bell.example/w/tw/sms", "https://bell.example:443/w/tw/sms"),
            ("https://bell.example:443/w/tw/sms", "https://bell.example/w/tw/sms"),
            ("http://bell.example/w", "http://bell.example:80/w"),
            ("https://bell.example/w/", "https://bell.example/w"),
            ("https://bell.example/w", "https://bell.example/w/"),
            ("https://Bell.Example/w", "https://bell.example:443/w/"),
            ("https://bell.example/w?b=2&a=1", "https://bell.example/w?a=1&b=2"),
            ("https://bell.example:8443/w", "https://bell.example:8443/w"),
            ("https://[2001:db8::1]/w", "https://[2001:db8::1]:443/w"),
            (
                "https://user:word@bell.example/w",
                "https://user:word@bell.example:443/w",
            ),
        ] {
            assert!(same(came, signed), "{came} {signed} {:?}", same_places(came));
            assert_eq!(same_places(came)[0], came);
        }
        for (came, other) in [
            ("https://bell.example/w", "http://bell.example/w"),
            ("https://bell.example/w", "https://bell.example:8443/w"),
            ("https://bell.example:8443/w", "https://bell.example/w"),
            ("https://bell.example:8443/w", "https://bell.example:8443:443/w"),
            ("https://bell.example/w", "https://bell.example/w?a=1"),
            ("https://bell.example/w", "https://bell.example/W"),
        ] {
            assert!(!same(came, other), "{came} {other}");
        }
    }
}
