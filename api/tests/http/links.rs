use crate::world::{BROWSER, LINK, World, header};
use bellhop_domain::message::MessageState;

#[tokio::test]
async fn a_person_is_counted_and_led_on_exactly() {
    let world = World::new().await;
    let path = format!("/l/{}", world.message);
    assert_eq!(path.len(), 14, "PRODUCT.md §9: a link is short enough for an SMS");
    let response = world.get(&path).header("user-agent", BROWSER).send().await.unwrap();
    assert_eq!(response.status(), 302);
    assert_eq!(header(&response, "location"), Some(LINK));
    assert_eq!(header(&response, "cache-control"), Some("no-store"));
    assert_eq!(header(&response, "referrer-policy"), Some("no-referrer"));
    assert!(response.headers().get("set-cookie").is_none());
    let story = world.story().await;
    assert_eq!(story.state, MessageState::Opened);
    assert_eq!(story.opens[0].user_agent.as_deref(), Some(BROWSER));
}

#[tokio::test]
async fn robots_are_led_on_and_kept_but_are_nobody() {
    let world = World::new().await;
    let path = format!("/l/{}", world.message);
    let before = world.story().await.state;
    for (request, class) in [
        (world.get(&path).header("user-agent", "WhatsApp/2.24.1.78 A"), "preview"),
        (
            world.get(&path).header("user-agent", "TelegramBot (like TwitterBot)"),
            "preview",
        ),
        (world.get(&path), "preview"),
        (world.head(&path).header("user-agent", BROWSER), "prefetch"),
        (
            world
                .get(&path)
                .header("user-agent", BROWSER)
                .header("sec-purpose", "prefetch;prerender"),
            "prefetch",
        ),
        (
            world
                .get(&path)
                .header("user-agent", BROWSER)
                .header("purpose", "prefetch"),
            "prefetch",
        ),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), header(&response, "location")),
            (302, Some(LINK))
        );
        assert_eq!(world.opens().await.last(), Some(&class));
    }
    let story = world.story().await;
    // Repeats by the same robot, and prefetches by the same browser, are counted with their first fetch.
    let repeats: i64 = story.opens.iter().map(|open| open.repeats).sum();
    let rows = (story.opens.len(), repeats);
    assert_eq!((story.state, story.opened_at, rows), (before, None, (4, 2)));
    // A person who comes after them still counts.
    world.get(&path).header("user-agent", BROWSER).send().await.unwrap();
    assert_eq!(world.opens().await.last(), Some(&"link"));
    assert_eq!(world.story().await.state, MessageState::Opened);
}

#[tokio::test]
async fn following_twice_is_one_open() {
    let world = World::new().await;
    let path = format!("/l/{}", world.message);
    for _ in 0..2 {
        world.get(&path).header("user-agent", BROWSER).send().await.unwrap();
    }
    let story = world.story().await;
    assert_eq!((story.opens.len(), story.opened_at), (2, Some(story.opens[0].at)));
}

#[tokio::test]
async fn a_link_in_letters_of_its_own_reaches_the_browser() {
    let world = World::with("https://пицца.рф/акция", None).await;
    let request = world
        .get(&format!("/l/{}", world.message))
        .header("user-agent", BROWSER);
    let response = request.send().await.unwrap();
    let expected = "https://xn--80apu3aa.xn--p1ai/%D0%B0%D0%BA%D1%86%D0%B8%D1%8F";
    assert_eq!(header(&response, "location"), Some(expected));
}

#[tokio::test]
async fn tokens_of_nobody_lead_nowhere() {
    let world = World::new().await;
    for token in [
        "00000000001",
        "short",
        "zzzzzzzzzzz",
        "%00%00%00%00%00%00%00%00%00%00%00",
    ] {
        let request = world.get(&format!("/l/{token}")).header("user-agent", BROWSER);
        let response = request.send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), header(&response, "location")),
            (404, None),
            "{token}"
        );
        assert_eq!(header(&response, "cache-control"), Some("no-store"));
    }
    assert!(world.opens().await.is_empty());
}

/// Chats and mail programs include the full stop after a link, append parameters and break lines.
#[tokio::test]
async fn a_link_that_was_extended_is_still_the_guests() {
    let world = World::new().await;
    for added in [
        ".",
        ")",
        "%29",
        "%C2%BB",
        "%20",
        "%0A",
        "/",
        "&fbclid=IwAR0",
        "?utm_source=mail",
        "/?utm_source=mail&fbclid=x",
        "%D0%96%D0%B4%D1%91%D0%BC",
        // Cut in the middle of a letter, so not UTF-8.
        "%D0",
    ] {
        let path = format!("/l/{}{added}", world.message);
        let response = world.get(&path).header("user-agent", BROWSER).send().await.unwrap();
        assert_eq!(header(&response, "location"), Some(LINK), "{added}");
        assert_eq!(world.opens().await.last(), Some(&"link"));
    }
    let token = world.message.to_string();
    for broken in [
        format!("/l/{}%0A{}", &token[..5], &token[5..]),
        format!("/l/{}=%0D%0A{}", &token[..5], &token[5..]),
        format!("/L/{token}"),
        format!("/l/%20{token}"),
    ] {
        let response = world.get(&broken).header("user-agent", BROWSER).send().await.unwrap();
        assert_eq!(header(&response, "location"), Some(LINK), "{broken}");
    }
}

#[tokio::test]
async fn a_link_that_was_cut_is_nobodys() {
    let world = World::new().await;
    let token = world.message.to_string();
    for rest in [
        &token[..10],
        &format!("{}.", &token[..10]),
        &format!("{}%E2%80%A6", &token[..10]),
        &format!("{}?utm_source=x", &token[..10]),
        &format!("{}/x", &token[..10]),
    ] {
        let response = world
            .get(&format!("/l/{rest}"))
            .header("user-agent", BROWSER)
            .send()
            .await
            .unwrap();
        assert_eq!(
            (response.status().as_u16(), header(&response, "location")),
            (404, None),
            "{rest}"
        );
    }
    assert!(world.opens().await.is_empty());
}

/// The name of a phone does not prove a person: how it fetches counts, and from where.
#[tokio::test]
async fn robots_by_what_they_do() {
    let world = World::new().await;
    let path = format!("/l/{}", world.message);
    let as_a_phone = || world.get(&path).header("user-agent", BROWSER);
    for (request, class) in [
        (
            as_a_phone()
                .header("sec-fetch-mode", "no-cors")
                .header("sec-fetch-dest", "image"),
            "preview",
        ),
        (as_a_phone().header("range", "bytes=0-524287"), "preview"),
        (as_a_phone().header("accept", "application/json"), "preview"),
        (as_a_phone().header("x-forwarded-for", "149.154.161.5"), "preview"),
        (as_a_phone().header("x-purpose", "preview"), "prefetch"),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(header(&response, "location"), Some(LINK));
        assert_eq!(world.opens().await.last(), Some(&class));
    }
    assert_eq!(world.story().await.opened_at, None);
    let page = as_a_phone()
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
        .header("x-forwarded-for", "93.184.216.34");
    page.send().await.unwrap();
    assert_eq!(world.opens().await.last(), Some(&"link"));
}
