//! `durable new`

use std::fs;
use std::path::Path;

use crate::{Outcome, run_at};

fn new(arguments: &[&str]) -> Outcome {
    run_at("http://127.0.0.1:1", &[&["new"], arguments].concat())
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_package_has_all_that_the_template_has_under_its_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("shop");

    let outcome = new(&["shop-orders", "--dir", package.to_str().unwrap()]);

    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(outcome.stdout.contains("cargo test"), "{}", outcome.stdout);
    let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("template");
    let expected: Vec<String> = files(&template)
        .iter()
        .map(|name| name.trim_end_matches(".liquid").to_owned())
        .collect();
    assert_eq!(files(&package), expected);
    for file in &expected {
        let text = fs::read_to_string(package.join(file)).unwrap();
        assert!(!text.contains("{{"), "{file}: {text}");
    }
    let read = |file| fs::read_to_string(package.join(file)).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    let manifest = read("Cargo.toml");
    assert!(manifest.contains("name = \"shop-orders\""), "{manifest}");
    let published = format!("durable-test = \"{version}\"");
    assert!(manifest.contains(&published), "{manifest}");
    assert!(read("src/main.rs").contains("use shop_orders::"));
    assert!(read("template.yaml").contains("Binary: shop-orders"));
}

#[test]
fn a_checkout_takes_the_place_of_the_published_crates() {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("orders");
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");

    let outcome = new(&[
        "orders",
        "--dir",
        package.to_str().unwrap(),
        "--source",
        checkout.to_str().unwrap(),
    ]);

    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    for (table, name) in [
        ("dependencies", "durable-runtime"),
        ("dev-dependencies", "durable-test"),
    ] {
        let path = manifest[table][name]["path"].as_str().unwrap();
        assert!(Path::new(path).join("Cargo.toml").is_file(), "{path}");
    }
}

#[test]
fn nothing_is_written_over_and_no_half_of_a_package_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("orders");
    fs::create_dir(&there).unwrap();

    let outcome = new(&["orders", "--dir", there.to_str().unwrap()]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("is there already"),
        "{}",
        outcome.stderr
    );
    assert_eq!(files(&there), [""; 0]);

    let other = folder.path().join("other");
    let no_checkout = folder.path().to_str().unwrap();
    let outcome = new(&[
        "orders",
        "--dir",
        other.to_str().unwrap(),
        "--source",
        no_checkout,
    ]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("is no checkout of this project"),
        "{}",
        outcome.stderr
    );
    assert!(!other.exists());

    let outcome = new(&["Orders"]);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("small letter"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_package_inside_a_workspace_has_one_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("Cargo.toml"),
        "[workspace]\nmembers = []\n",
    )
    .unwrap();
    let inside = folder.path().join("services/orders");

    let outcome = new(&["orders", "--dir", inside.to_str().unwrap()]);

    assert_eq!(outcome.code, 0);
    let note = "has one of its own";
    assert!(outcome.stderr.contains(note), "{}", outcome.stderr);
    let manifest = fs::read_to_string(inside.join("Cargo.toml")).unwrap();
    assert!(manifest.ends_with("\n[workspace]\n"), "{manifest}");
}
