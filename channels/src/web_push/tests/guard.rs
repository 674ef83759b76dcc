use crate::public_address::is_public;
use crate::test_host::TestHost;
use crate::web_push::guard::{Guard, PUSH_SERVICES};

fn guard() -> Guard {
    Guard {
        hosts: PUSH_SERVICES.map(str::to_owned).to_vec(),
        test_hosts: vec![
            TestHost::parse("127.0.0.1:8030").unwrap(),
            TestHost::parse("push.test").unwrap(),
            TestHost::parse("[::1]:80").unwrap(),
        ],
    }
}

#[test]
fn the_browser_makers_push_services_are_called() {
    for endpoint in [
        "https://fcm.googleapis.com/fcm/send/abc:APA91b",
        "https://fcm.googleapis.com/wp/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://eu.push.services.mozilla.com/wpush/v1/x",
        "https://web.push.apple.com/QGuQ",
        "https://other.push.apple.com/QGuQ",
        "https://wns2-by3p.notify.windows.com/w/?token=BQYA%3d",
        "https://FCM.GoogleAPIs.com:443/fcm/send/x",
        "http://127.0.0.1:8030/push/1",
        "https://127.0.0.1:8030/push/1",
        "http://push.test/1",
        "https://push.test:9000/1",
        "http://[::1]/1",
    ] {
        let url = guard().admit(endpoint).unwrap();
        assert_eq!(url.path(), url::path_of(endpoint), "{endpoint}");
    }
    let url = guard().admit("https://fcm.googleapis.com/a?b=c#d").unwrap();
    assert_eq!(url.as_str(), "https://fcm.googleapis.com/a?b=c");
}

mod url {
    pub(super) fn path_of(endpoint: &str) -> String {
        reqwest::Url::parse(endpoint).unwrap().path().to_owned()
    }
}

#[test]
fn nothing_else_is_called() {
    for endpoint in [
        "http://fcm.googleapis.com/fcm/send/x",
        "https://fcm.googleapis.com:8443/x",
        "https://user@fcm.googleapis.com/x",
        "https://user:secret@fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilfcm.googleapis.com/x",
        "https://googleapis.com/x",
        "https://fcm.googleapis.com@evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://evil.example/#fcm.googleapis.com",
        "https://fcm.googleapis.com./x",
        "https://android.googleapis.com/gcm/send/x",
        "https://xn--fcm-xyz.googleapis.com/x",
        "https://ｆｃｍ.googleapis.com.evil.example/x",
        "https://notify.windows.com.evil.example/w",
        "https://10.0.0.1/x",
        "https://127.0.0.1/x",
        "https://127.0.0.1:8031/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://localhost/x",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "gopher://push.test/1",
        "ftp://127.0.0.1:8030/1",
        "//fcm.googleapis.com/x",
        "fcm.googleapis.com/x",
        "",
    ] {
        assert!(guard().admit(endpoint).is_err(), "{endpoint}");
    }
}

#[test]
fn refusals_name_the_host_and_not_the_path() {
    let error = guard()
        .admit("https://evil.example/secret-path")
        .unwrap_err()
        .to_string();
    assert!(error.contains("evil.example") && !error.contains("secret"), "{error}");
}

#[test]
fn public_addresses_are_those_that_anybody_can_reach() {
    for address in [
        "8.8.8.8",
        "142.250.74.106",
        "100.63.255.255",
        "172.32.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "2a00:1450:4010:c0f::5f",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::8.8.8.8",
        "2002:a00:1::1",
        "2001:0:1::1",
        "2001:db8::1",
        "3fff::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "100::1",
    ] {
        assert!(!is_public(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn a_test_host_is_a_host_and_perhaps_a_port() {
    for bad in ["", "http://127.0.0.1", "127.0.0.1/push", "a b", "host:port"] {
        assert!(TestHost::parse(bad).is_err(), "{bad}");
    }
}
