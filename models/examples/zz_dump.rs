//! x
fn main() {
    for e in std::fs::read_dir(models::store::home().join("photographs")).unwrap() {
        let p = e.unwrap().path();
        let out = format!("/tmp/b/png/{}.png", p.file_stem().unwrap().to_str().unwrap());
        image::open(&p).unwrap().to_rgb8().save(out).unwrap();
    }
}
