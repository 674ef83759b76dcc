use super::{File, accepts, answer};
use axum::body::to_bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

const SCRIPT: File = File {
    name: "assets/index-B1x.js",
    plain: b"plain",
    gzip: Some(b"gzip"),
    brotli: Some(b"brotli"),
};
const PAGE: File = File {
    name: "index.html",
    plain: br#"<base href="/console/" /><meta name="csp-nonce" content="__NONCE__" />"#,
    gzip: None,
    brotli: None,
};

fn asked(path: &str, encodings: &'static str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(encodings));
    answer(&[SCRIPT, PAGE], path, &headers)
}

fn told(response: &Response, name: header::HeaderName) -> String {
    let value = response.headers().get(name);
    value.and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned()
}

async fn body(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_file_is_packed_as_the_browser_takes_it_and_kept_for_ever() {
    let path = "/console/assets/index-B1x.js";
    for (encodings, named, content) in [
        ("gzip, deflate, br", "br", "brotli"),
        ("gzip, br;q=0", "gzip", "gzip"),
        ("identity", "", "plain"),
    ] {
        let response = asked(path, encodings);
        assert_eq!(told(&response, header::CONTENT_ENCODING), named, "{encodings}");
        assert_eq!(told(&response, header::CONTENT_TYPE), "text/javascript; charset=utf-8");
        assert!(told(&response, header::CACHE_CONTROL).contains("immutable"));
        assert_eq!(body(response).await, content);
    }
}

#[tokio::test]
async fn every_path_has_the_page_with_its_base_and_a_nonce_of_its_own() {
    let mut nonces = Vec::new();
    for (path, base) in [
        ("/console/", "./"),
        ("/console/mailings", "./"),
        ("/console/mailings/7/edit", "../../"),
        ("/console/guests/a%2Fb", "../"),
    ] {
        let response = asked(path, "br");
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(told(&response, header::CACHE_CONTROL), "no-store");
        let policy = told(&response, header::CONTENT_SECURITY_POLICY);
        assert!(!policy.contains("unsafe"), "{policy}");
        let html = body(response).await;
        assert!(html.contains(&format!(r#"<base href="{base}" />"#)), "{path}: {html}");
        let nonce = html
            .split("content=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        assert!(policy.contains(&format!("'nonce-{nonce}'")), "{policy}");
        nonces.push(nonce);
    }
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 4);
}

#[tokio::test]
async fn a_file_of_another_version_is_no_page() {
    assert_eq!(
        asked("/console/assets/index-old.js", "br").status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn without_its_slash_it_leads_to_the_one_with_it() {
    let response = asked("/console", "br");
    assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(told(&response, header::LOCATION), "console/");
}

#[tokio::test]
async fn a_program_without_the_console_says_how_to_build_it() {
    let html = body(answer(&[], "/console/", &HeaderMap::new())).await;
    assert!(html.contains("make console"));
}

#[test]
fn an_encoding_is_accepted_by_its_whole_name() {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip;q=0.5, brx"));
    assert!(accepts(&headers, "gzip"));
    assert!(!accepts(&headers, "br"));
}
