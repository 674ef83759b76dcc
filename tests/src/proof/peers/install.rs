//! The peers of `tests/peers/python`: Python and libraries by other people, pinned by hash in a committed list. They
//! are fetched once and kept beside the build's files, under the digest of the list.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use aws_lc_rs::digest;
use tokio::process::Command;

const REQUIREMENTS: &str = include_str!("../../../peers/python/requirements.txt");
const SCRIPTS: [(&str, &str); 6] = [
    ("told.py", include_str!("../../../peers/python/told.py")),
    ("fcm.py", include_str!("../../../peers/python/fcm.py")),
    ("meta.py", include_str!("../../../peers/python/meta.py")),
    ("webpush.py", include_str!("../../../peers/python/webpush.py")),
    ("smsc.py", include_str!("../../../peers/python/smsc.py")),
    ("esme.py", include_str!("../../../peers/python/esme.py")),
];
/// Written last; a folder without it is incomplete.
const COMPLETE: &str = "complete";

/// Where Python and the scripts are.
#[derive(Debug)]
pub(super) struct Installed {
    pub(super) python: PathBuf,
    pub(super) scripts: PathBuf,
}

/// Fetches the libraries, unless they are there, and puts the scripts beside them.
///
/// # Errors
/// When there is no Python with venv, or the registry is not reached.
pub(super) async fn install() -> Result<Installed> {
    let digest = digest::digest(&digest::SHA256, REQUIREMENTS.as_bytes());
    let folder = beside_the_build()?.join(format!("python-peers-{}", hex::encode(&digest.as_ref()[..8])));
    let installed = Installed {
        python: folder.join("venv/bin/python"),
        scripts: folder.join("scripts"),
    };
    if !works(&installed.python, &folder.join(COMPLETE)).await {
        fetch(&folder).await?;
    }
    std::fs::create_dir_all(&installed.scripts)?;
    for (name, text) in SCRIPTS {
        std::fs::write(installed.scripts.join(name), text)?;
    }
    Ok(installed)
}

/// The folder of the build, `target`: this program is `target/debug/proof`.
fn beside_the_build() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let built = program.ancestors().nth(2).map(Path::to_owned);
    built.context("this program stands in no folder of cargo's")
}

/// Whether it still works; the interpreter may be gone.
async fn works(python: &Path, complete: &Path) -> bool {
    complete.exists() && quiet(Command::new(python).args(["-c", "import ssl"])).await.is_ok()
}

async fn fetch(folder: &Path) -> Result<()> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder)?;
    let venv = folder.join("venv");
    if let Err(why) = quiet(Command::new("python3").args(["-m", "venv"]).arg(&venv)).await {
        bail!("missing: python3 (3.10 or later) with venv, for the peers. Run: apt-get install python3-venv\n{why}");
    }
    let list = folder.join("requirements.txt");
    std::fs::write(&list, REQUIREMENTS)?;
    let mut pip = Command::new(venv.join("bin/python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ]);
    // The list is complete on purpose; it omits what firebase_admin needs only for services other than messaging.
    pip.args(["--no-deps", "--require-hashes", "--requirement"]).arg(&list);
    if let Err(why) = quiet(&mut pip).await {
        bail!(
            "the peers' libraries cannot be fetched. This proof needs a Python package registry: PyPI, or a mirror that pip is told of \
             (PIP_INDEX_URL, or PIP_NO_INDEX=1 with PIP_FIND_LINKS for a folder of wheels). pip says:\n{why}"
        );
    }
    std::fs::write(folder.join(COMPLETE), "")?;
    Ok(())
}

/// Runs a command; the error is its output.
async fn quiet(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            let lines: Vec<&str> = said.lines().rev().take(12).collect();
            Err(lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
        }
        Err(error) => Err(error.to_string()),
    }
}
