//! Which files WhatsApp accepts (PROVIDERS.md §5.7). Pure.

use crate::MediaFile;
use bellhop_domain::incoming::MediaKind;

const KB: u64 = 1024;
const MB: u64 = 1024 * KB;

/// The largest file of a kind, in bytes; for stickers, that of an animated one.
pub(super) fn largest(kind: MediaKind) -> u64 {
    match kind {
        MediaKind::Image => 5 * MB,
        MediaKind::Video | MediaKind::Audio => 16 * MB,
        MediaKind::Document => 100 * MB,
        MediaKind::Sticker => 500 * KB,
    }
}

/// The error says what is wrong with the file.
pub(super) fn check(file: &MediaFile) -> Result<(), String> {
    if file.bytes.is_empty() {
        return Err("it is empty".to_owned());
    }
    let essence = file
        .mime
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let types: &[&str] = match file.kind {
        MediaKind::Image => &["image/jpeg", "image/png"],
        MediaKind::Video => &["video/mp4", "video/3gpp"],
        MediaKind::Audio => &["audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg"],
        MediaKind::Sticker => &["image/webp"],
        // Any type is allowed; Meta lists those that phones can show.
        MediaKind::Document => &[],
    };
    if !types.is_empty() && !types.contains(&essence.as_str()) {
        return Err(format!("{essence:?} is not one of {}", types.join(", ")));
    }
    if essence == "audio/ogg" && !holds(&file.bytes, b"OpusHead") {
        return Err("an ogg must be coded by Opus".to_owned());
    }
    let limit = match file.kind {
        MediaKind::Sticker if !is_animated(&file.bytes) => 100 * KB,
        kind => largest(kind),
    };
    if file.bytes.len() as u64 > limit {
        return Err(format!("it has {} bytes, WhatsApp takes {limit}", file.bytes.len()));
    }
    Ok(())
}

/// Whether the first page of an ogg file contains a codec's mark.
fn holds(bytes: &[u8], mark: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(512)];
    head.windows(mark.len()).any(|window| window == mark)
}

/// The animation bit of an extended WebP header.
fn is_animated(bytes: &[u8]) -> bool {
    bytes.get(12..16) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & 0x02 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: MediaKind, mime: &str, bytes: Vec<u8>) -> MediaFile {
        MediaFile {
            kind,
            mime: mime.to_owned(),
            filename: None,
            bytes: bytes.into(),
        }
    }

    #[test]
    fn types_and_sizes() {
        let sized = |size: u64| vec![7; size as usize];
        let webp = |flags: u8, size: u64| {
            let mut bytes = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0".to_vec();
            bytes.push(flags);
            bytes.resize(size as usize, 0);
            bytes
        };
        use MediaKind::{Audio, Document, Image, Sticker, Video};
        let rows = [
            (file(Image, "image/jpeg", sized(5 * MB)), true),
            (file(Image, "image/jpeg", sized(5 * MB + 1)), false),
            (file(Image, "IMAGE/PNG", sized(1)), true),
            (file(Image, "image/webp", sized(1)), false),
            (file(Image, "image/png", Vec::new()), false),
            (file(Video, "video/mp4", sized(16 * MB)), true),
            (file(Video, "video/3gpp", sized(16 * MB + 1)), false),
            (file(Video, "video/webm", sized(1)), false),
            (file(Audio, "audio/mpeg", sized(1)), true),
            (
                file(Audio, "audio/ogg; codecs=opus", b"OggS....OpusHead".to_vec()),
                true,
            ),
            (file(Audio, "audio/ogg", b"OggS....\x01vorbis".to_vec()), false),
            (file(Document, "application/pdf", sized(1)), true),
            (file(Sticker, "image/webp", webp(0, 100 * KB)), true),
            (file(Sticker, "image/webp", webp(0, 100 * KB + 1)), false),
            (file(Sticker, "image/webp", webp(2, 500 * KB)), true),
            (file(Sticker, "image/webp", webp(2, 500 * KB + 1)), false),
            (file(Sticker, "image/png", sized(1)), false),
        ];
        for (file, allowed) in rows {
            assert_eq!(check(&file).is_ok(), allowed, "{file:?}");
        }
        assert_eq!(largest(Document), 104_857_600);
    }
}
