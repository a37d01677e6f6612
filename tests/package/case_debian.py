#!/usr/bin/env python3
# timeout: 300
"""Goal: the Debian package holds what it should, asks for what the program needs, installs, and is
purged without a trace.
Method: the package is made of the release build; dpkg installs it into a scratch root, as if by
root, and its scripts act there. lintian looks at it."""
import gzip
import os
import re
import shutil
import subprocess
from pathlib import Path

import cases

ROOT = Path(os.environ["GS_ROOT"])
BUILD = Path(os.environ["GS_BIN"]).parent
TMP = Path(os.environ["GS_TEST_TMP"])
SCRATCH = TMP / "root"
# Who makes a package for others gives an address (GS_PACKAGE_MAINTAINER).
ADDRESS = "bogus-mail-host,bogus-mail-host-in-debian-changelog,initial-upload-closes-no-bugs"
CONFIGURATION = "etc/groundswell/groundswell.yaml"
FILES = f"""{CONFIGURATION}
usr/bin/groundswell
usr/lib/systemd/system/groundswell.service
usr/lib/sysusers.d/groundswell.conf
usr/share/bash-completion/completions/groundswell
usr/share/doc/groundswell/NOTICE
usr/share/doc/groundswell/changelog.Debian.gz
usr/share/doc/groundswell/changelog.gz
usr/share/doc/groundswell/copyright
usr/share/doc/groundswell/examples/credentials.conf
usr/share/fish/vendor_completions.d/groundswell.fish
usr/share/groundswell/schemas/1-InfluencerProfile.avsc
usr/share/groundswell/schemas/2-PostEvent.avsc
usr/share/groundswell/schemas/3-CommentEvent.avsc
usr/share/groundswell/schemas/4-ReactionEvent.avsc
usr/share/groundswell/schemas/METRICS.md
usr/share/groundswell/schemas/README.md
usr/share/groundswell/schemas/REDIS.md
usr/share/groundswell/schemas/redis-v1.schema.json
usr/share/man/man1/groundswell.1.gz
usr/share/man/man5/groundswell.yaml.5.gz
usr/share/zsh/vendor-completions/_groundswell""".split()


def said(*words, code=0, **options):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          check=False, timeout=200, stdin=subprocess.DEVNULL, **options)
    if done.returncode != code:
        raise AssertionError(f"{words}: exit code {done.returncode}, not {code}:\n"
                             f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout + done.stderr


def package():
    """The package, and the one with its debugging symbols."""
    folder = TMP / "made"
    if not folder.exists():
        said("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder)
    (main,), (symbols,) = folder.glob("*.deb"), folder.glob("*.ddeb")
    return main, symbols


def field(name, deb):
    return said("dpkg-deb", "-f", deb, name).strip()


def unpacked():
    folder = TMP / "unpacked"
    if not folder.exists():
        said("dpkg-deb", "-x", package()[0], folder)
    return folder


def test_what_is_in_it():
    lines = [line.split(maxsplit=5) for line in
             said("dpkg-deb", "-c", package()[0]).splitlines()]
    files = {words[5].removeprefix("./"): words for words in lines if words[0][0] != "d"}
    cases.equal(sorted(files), sorted(FILES), "files")
    for name, words in files.items():
        mode = "-rwxr-xr-x" if name.startswith("usr/bin/") else "-rw-r--r--"
        cases.equal((words[0], words[1]), (mode, "root/root"), name)
    cases.equal({words[0] for words in lines if words[0][0] == "d"}, {"drwxr-xr-x"}, "folders")
    cases.equal(said("dpkg-deb", "-I", package()[0], "conffiles").split(), [f"/{CONFIGURATION}"])


def test_version():
    version = said(BUILD / "groundswell", "version").split()[1]
    cases.equal(field("Version", package()[0]), f"{version}-1", "version")
    entry = gzip.decompress((unpacked() / "usr/share/doc/groundswell/changelog.Debian.gz")
                            .read_bytes()).decode()
    assert entry.startswith(f"groundswell ({version}-1) "), entry
    assert f" -- {field('Maintainer', package()[0])}  " in entry, entry


def test_dependencies():
    """Whatever library the program names is in a package that is asked for."""
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]",
                        said("readelf", "-d", unpacked() / "usr/bin/groundswell"))
    depends = {entry.split()[0] for entry in field("Depends", package()[0]).split(", ")}
    assert len(needed) > 5, needed
    where = dict(re.findall(r"(\S+) => (\S+)", said("ldd", unpacked() / "usr/bin/groundswell")))
    paths = {name: {where[name], os.path.realpath(where[name])} for name in needed
             if not name.startswith("ld-linux")}
    asked = {variant for found in paths.values() for path in found
             for variant in (path, path.removeprefix("/usr"), f"/usr{path}")}
    owners = {}  # a library stands in the database with /usr or without it
    for line in subprocess.run(["dpkg", "-S", *asked], capture_output=True, text=True,
                               check=False).stdout.splitlines():
        owner, path = line.split(": ", 1)
        owners[path.removeprefix("/usr")] = owner.split(":")[0]
    for name, found in paths.items():
        known = {owners.get(path.removeprefix("/usr")) for path in found}
        assert depends & known, f"{name} is in {known}, which is not in {depends}"


def test_symbols():
    main, symbols = package()
    sections = said("readelf", "-S", unpacked() / "usr/bin/groundswell")
    assert ".debug_info" not in sections and ".symtab" not in sections, sections
    build_id = re.search("Build ID: (\\w+)", said("readelf", "-n",
                                                 unpacked() / "usr/bin/groundswell"))[1]
    assert f"/.build-id/{build_id[:2]}/{build_id[2:]}.debug" in said("dpkg-deb", "-c", symbols)
    cases.equal(field("Depends", symbols), f"groundswell (= {field('Version', main)})")


def test_lintian():
    found = said("lintian", "--fail-on", "none", "--suppress-tags", ADDRESS, package()[0])
    print(found)
    cases.equal([line for line in found.splitlines() if line[:2] in ("E:", "W:")], [], "lintian")


def dpkg(*words):
    return said("fakeroot", "dpkg", f"--root={SCRATCH}", "--log=/dev/null", "--force-not-root",
                "--force-script-chrootless", "--force-depends", *words,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def fresh_root():
    shutil.rmtree(SCRATCH, ignore_errors=True)
    for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers", "etc"):
        (SCRATCH / folder).mkdir(parents=True)
    (SCRATCH / "var/lib/dpkg/status").touch()


def left():
    return sorted(str(path.relative_to(SCRATCH)) for path in SCRATCH.rglob("*groundswell*")
                  if "var/lib/dpkg" not in str(path))


def users():
    path = SCRATCH / "etc/passwd"
    return path.read_text() if path.exists() else ""


def test_install_remove_purge():
    fresh_root()
    dpkg("-i", package()[0])
    for name in FILES:
        assert (SCRATCH / name).is_file(), name
    assert re.search("^groundswell:x:[0-9]+:[0-9]+:.*:/usr/sbin/nologin$", users(), re.M), users()
    said(SCRATCH / "usr/bin/groundswell", "version")
    configured = SCRATCH / CONFIGURATION
    configured.write_text(configured.read_text() + "# mine\n")
    dpkg("-i", package()[0])  # again, as an upgrade does
    assert configured.read_text().endswith("# mine\n")
    cases.equal(users().count("groundswell:"), 1, "users")
    dpkg("-r", "groundswell")
    cases.equal(left(), ["etc/groundswell", CONFIGURATION], "what a removal leaves")
    dpkg("-i", package()[0])
    (SCRATCH / "etc/groundswell/credentials").mkdir()
    (SCRATCH / "etc/groundswell/credentials/redis-url").touch()
    dpkg("-P", "groundswell")
    cases.equal(left(), [], "what a purge leaves")
    assert "groundswell" not in users(), users()


def test_configuration():
    """It needs a Kafka, and says so; with one it is right."""
    path = TMP / "packaged.yaml"
    path.write_text((unpacked() / CONFIGURATION).read_text().replace(
        "/usr/share", str(unpacked() / "usr/share")))
    told = said(BUILD / "groundswell", "validate", "-c", path, code=78)
    assert "kafka.bootstrap_servers is not set" in told, told
    told = said(BUILD / "groundswell", "validate", "-c", path, "-s",
                "kafka.bootstrap_servers=kafka:9092")
    cases.equal(told, "configuration: valid\n")


cases.main(globals())
