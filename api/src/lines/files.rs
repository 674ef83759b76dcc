//! Files that come and go: uploads, imports, exports.

use super::{NOT_FOUND, Refusals, making, read, with_body};
use crate::files::ExportForms;
use crate::routes::{Permission, Pieces, Plain, Route, delete, get, patch, post, put};
use crate::{Api, v1};
use axum::http::StatusCode;
use bellhop_domain::scope::Scope;

const UPLOAD: &str = "/v1/uploads/{id}";
const MAPPING: &str = "/v1/import-mappings/{name}";

pub(crate) fn files() -> Vec<Route<Api>> {
    let mut lines = uploads();
    lines.extend(imports());
    lines.extend(exports());
    lines
}

fn uploads() -> Vec<Route<Api>> {
    const FULL: Refusals = &[(
        StatusCode::CONFLICT,
        "The organisation's uploads are as many bytes as they may be",
    )];
    const MOVED: Refusals = &[
        NOT_FOUND,
        (
            StatusCode::CONFLICT,
            "The file is at another offset, or another request writes it",
        ),
    ];
    const UNFIT: Refusals = &[
        NOT_FOUND,
        (StatusCode::CONFLICT, "It is not whole yet"),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            "It is no file that can be imported, or the query cannot be read",
        ),
    ];
    let import = Scope::Import;
    vec![
        making(
            post("/v1/uploads"),
            import,
            "declare a file, which is then sent in pieces",
            FULL,
        )
        .by(v1::files::declare)
        .once(),
        read(
            get("/v1/uploads"),
            import,
            "files that are here or on their way, a page at a time",
            &[],
        )
        .by(v1::files::uploads)
        .with_query::<v1::files::Page>(),
        read(get(UPLOAD), import, "how much of a file is here", &[NOT_FOUND]).by(v1::files::upload),
        Pieces {
            at: patch(UPLOAD),
            scope: import,
            summary: "a piece of a file, at Upload-Offset; after a break it goes on from what is here",
            body_bytes: 8 << 20,
            refuses: MOVED,
        }
        .by(v1::files::piece),
        read(
            get("/v1/uploads/{id}/sheet"),
            import,
            "what a file is taken for, with its first rows",
            UNFIT,
        )
        .by(v1::files::sheet)
        .with_query::<v1::files::Reading>(),
        read(
            delete(UPLOAD),
            import,
            "remove a file, or give its upload up",
            &[NOT_FOUND],
        )
        .by(v1::files::remove),
    ]
}

fn imports() -> Vec<Route<Api>> {
    const UNFIT: Refusals = &[
        NOT_FOUND,
        (
            StatusCode::CONFLICT,
            "The file is not whole yet, or as many imports as may be wait",
        ),
    ];
    const UNFINISHED: Refusals = &[
        NOT_FOUND,
        (StatusCode::CONFLICT, "The import has not come to its end"),
        (StatusCode::GONE, "The time of the file is over"),
    ];
    let import = Scope::Import;
    vec![
        making(
            post("/v1/imports"),
            import,
            "import an uploaded file in the background",
            UNFIT,
        )
        .by(v1::files::import)
        .once(),
        read(
            get("/v1/imports"),
            import,
            "imports, the latest first, a page at a time",
            &[],
        )
        .by(v1::files::imports)
        .with_query::<v1::files::Page>(),
        read(
            get("/v1/imports/{id}"),
            import,
            "how far an import has come, and what it did",
            &[NOT_FOUND],
        )
        .by(v1::files::import_of),
        read(
            get("/v1/imports/{id}/refused"),
            import,
            "the rows that were refused, each with its reason",
            UNFINISHED,
        )
        .giving(&["text/csv; charset=utf-8"], v1::files::refused_rows),
        read(
            get("/v1/import-mappings"),
            import,
            "from which headings columns are read, by name",
            &[],
        )
        .by(v1::files::mappings),
        read(get(MAPPING), import, "a mapping of columns", &[NOT_FOUND]).by(v1::files::mapping),
        with_body(put(MAPPING), import, "keep a mapping of columns under a name", &[]).by(v1::files::put_mapping),
        read(delete(MAPPING), import, "forget a mapping of columns", &[NOT_FOUND]).by(v1::files::remove_mapping),
    ]
}

fn exports() -> Vec<Route<Api>> {
    const MANY: Refusals = &[NOT_FOUND, (StatusCode::CONFLICT, "As many exports as may be wait")];
    let export = Scope::Export;
    vec![
        making(
            post("/v1/exports"),
            export,
            "prepare a file of guests, orders, consents, recipients or codes",
            MANY,
        )
        .by(v1::files::export)
        .once(),
        with_body(
            post("/v1/exports/now"),
            export,
            "the same rows at once, while they are read",
            &[NOT_FOUND],
        )
        .giving(ExportForms::KINDS, v1::files::export_now),
        read(
            get("/v1/exports"),
            export,
            "exports, the latest first, a page at a time",
            &[],
        )
        .by(v1::files::exports)
        .with_query::<v1::files::Page>(),
        read(
            get("/v1/exports/{id}"),
            export,
            "how far an export has come, and the link of its file, which ends",
            &[NOT_FOUND],
        )
        .by(v1::files::export_of),
        Plain {
            at: get("/v1/exports/{id}/file"),
            open_to: Permission::Address,
            summary: "the file of an export, by its signed link",
            answers: &[
                (StatusCode::OK, "The file"),
                (StatusCode::NOT_FOUND, "The link is none, or its time is over"),
                (StatusCode::GONE, "A guest was erased after the file was made"),
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The file or the database cannot be read: try again",
                ),
            ],
        }
        .by(v1::files::file),
    ]
}
