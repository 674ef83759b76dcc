//! `bellhop web-push-keys FILE`

use super::print_json;
use anyhow::{Context as _, Result};
use bellhop_channels::VapidKey;
use secrecy::ExposeSecret;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub fn run(file: &Path, json: bool) -> Result<()> {
    let key = VapidKey::generate().map_err(anyhow::Error::msg)?;
    write_new(file, key.to_pem().expose_secret())?;
    if json {
        return print_json(&serde_json::json!({ "file": file, "public_key": key.public() }));
    }
    println!("{}", key.public());
    eprintln!(
        "The private key is in {}: name it in the sender's vapid_key, and keep a copy, for without it every guest has to \
         subscribe again. The line above is the site's key for bellhop.subscribe().",
        file.display()
    );
    Ok(())
}

/// An existing key is never overwritten, because all subscriptions depend on it.
fn write_new(file: &Path, text: &str) -> Result<()> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let mut opened = match opened {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            anyhow::bail!(
                "{} is there already and stays as it is; name another file",
                file.display()
            )
        }
        Err(error) => return Err(error).with_context(|| format!("cannot write {}", file.display())),
    };
    opened
        .write_all(text.as_bytes())
        .with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_written_for_its_owner_only_and_never_over_another() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vapid.pem");
        run(&file, true).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(VapidKey::read(&text).is_ok());
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let error = run(&file, true).unwrap_err().to_string();
        assert!(error.contains("is there already"), "{error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}
