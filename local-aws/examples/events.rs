//! Rewrites the events of `events/invoke`: `cargo run --package local-aws --example events`.

#[path = "../tests/events/cases.rs"]
mod cases;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/invoke");
    for case in cases::all() {
        let file = folder.join(case.file);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(file, cases::text(&case.event))?;
    }
    Ok(())
}
