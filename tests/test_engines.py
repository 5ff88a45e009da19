"""The engines: what opens, what is refused in one line, and that both find the same metrics."""

import sys
from types import SimpleNamespace

import pandas as pd
import pytest
from test_metrics import APRIL, CAPABILITIES, MAP, SPRING, build_corpus, generate_corpus

from roeptoeter import engines
from roeptoeter.engines import explain_missing_spark, open_engine
from roeptoeter.errors import InputError
from roeptoeter.metrics import compute_account_metrics


@pytest.fixture
def with_pyspark(monkeypatch):
    """Return a function that makes PySpark seem to be installed in a version, without Java."""

    def pretend(version):
        monkeypatch.setitem(sys.modules, "pyspark", SimpleNamespace(__version__=version))
        monkeypatch.setenv("PATH", "")
        monkeypatch.delenv("JAVA_HOME", raising=False)

    return pretend


def refusal_of(*arguments):
    with pytest.raises(InputError) as refusal:
        open_engine(*arguments)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_duckdb_opens_without_settings_in_utc_and_fetches_nothing():
    engine = open_engine()
    assert engine.name == "duckdb"
    zone, fetches = engine.raw_sql(
        "select current_setting('TimeZone'), current_setting('autoinstall_known_extensions')"
    ).fetchone()
    assert (zone, fetches) == ("UTC", False)
    engine.disconnect()


def test_an_unknown_engine_is_refused():
    assert refusal_of("hadoop") == "engine: 'hadoop' is not known; write duckdb or spark"


def test_settings_of_spark_without_spark_are_refused():
    told = refusal_of("duckdb", {"spark.master": "local[2]"})
    assert "spark.master" in told
    assert "engine: spark" in told


def test_missing_pyspark_is_told_with_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    told = refusal_of("spark")
    assert "optional dependency group `spark`" in told
    assert "pip install" in told


def test_another_version_of_pyspark_is_told(with_pyspark):
    with_pyspark("4.1.0")
    assert "needs PySpark 4.0, and 4.1.0 is installed" in refusal_of("spark")


def test_missing_java_is_told(with_pyspark):
    with_pyspark("4.0.1")
    assert "needs Java 17, and there is no java on the PATH" in refusal_of("spark")


def test_a_java_home_without_java_is_told(with_pyspark, monkeypatch, tmp_path):
    with_pyspark("4.0.1")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert str(tmp_path) in refusal_of("spark")


missing = explain_missing_spark()
needs_spark = pytest.mark.skipif(missing is not None, reason=missing or "")


@pytest.fixture(scope="module")
def spark():
    settings = {
        "spark.master": "local[2]", "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false", "spark.sql.adaptive.enabled": "false",  # dear for so few rows
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
    }  # fmt: skip
    engine = open_engine("spark", settings)
    yield engine
    engine.disconnect()


@needs_spark
def test_spark_works_in_utc_whatever_the_settings_say(spark):
    conf = spark._session.conf
    assert conf.get("spark.sql.session.timeZone") == "UTC"
    assert conf.get("spark.sql.execution.arrow.pyspark.enabled") == "true"
    assert engines.ENGINES == ("duckdb", "spark")


@needs_spark
def test_both_engines_find_the_same_metrics_to_the_last_bit(spark, tmp_path):
    corpus = build_corpus()
    generated = generate_corpus()
    corpus.messages += generated.messages
    corpus.snapshots += generated.snapshots
    paths = corpus.write(tmp_path)
    duckdb = open_engine()
    found = {
        engine.name: compute_account_metrics(engine, *paths, MAP, [APRIL, SPRING], CAPABILITIES)
        for engine in (duckdb, spark)
    }
    duckdb.disconnect()
    for first, second in zip(found["duckdb"], found["pyspark"], strict=True):
        assert len(first) > 60
        pd.testing.assert_frame_equal(first, second, check_exact=True)
