"""The engine that computes account metrics: DuckDB in this process, or a Spark cluster.

Metrics are written once, as Ibis expressions; which engine runs them is a line in the study file (`engine: spark`).
"""

import os
import shutil

import ibis

from roeptoeter.errors import InputError

ENGINES = ("duckdb", "spark")

_INSTALL = "python -m pip install 'pyspark>=4.0,<4.1'"


def open_engine(name: str = "duckdb", settings: dict[str, str] | None = None) -> ibis.BaseBackend:
    """Open the engine that a study asks for.

    Parameters
    ----------
    name : {"duckdb", "spark"}
        DuckDB runs in this process and needs nothing. Spark needs PySpark 4.0 (the optional dependency group `spark`)
        and Java 17 or 21.
    settings : dict of str to str, optional
        Settings of Spark, by their own names: ``{"spark.master": "spark://host:7077"}``. Without `spark.master` Spark
        runs on the cores of this machine. On a cluster the Parquet files must lie where every worker reads them.

    Returns
    -------
    ibis.BaseBackend
        Close it with its method `disconnect`; on Spark that stops the session.

    Raises
    ------
    InputError
        If the name is unknown, DuckDB is given settings of Spark, PySpark or Java is missing, PySpark is of another
        version than 4.0, or Spark does not start.

    Examples
    --------
    >>> engine = open_engine("duckdb")
    >>> engine.name
    'duckdb'
    >>> engine.disconnect()
    """
    if name not in ENGINES:
        raise InputError(f"engine: {name!r} is not known; write duckdb or spark")
    if name == "spark":
        return _open_spark(dict(settings or {}))
    if settings:
        raise InputError(
            f"spark: {', '.join(sorted(settings))} would have no effect with `engine: duckdb`; "
            "take the settings out or write `engine: spark`"
        )
    # an extension is never fetched from elsewhere behind a person's back; what metrics need is built in
    return ibis.duckdb.connect(autoinstall_known_extensions=False)


def explain_missing_spark() -> str | None:
    """Say in one line what Spark lacks on this machine, and how to get it.

    Returns
    -------
    str or None
        None if PySpark 4.0 and Java are there. Whether Java is of the right version only Spark itself can tell.
    """
    try:
        import pyspark
    except ImportError:
        return f"engine: spark needs PySpark, the optional dependency group `spark`; install it: {_INSTALL}"
    if not pyspark.__version__.startswith("4.0."):
        return f"engine: spark needs PySpark 4.0, and {pyspark.__version__} is installed; install it: {_INSTALL}"
    home = os.environ.get("JAVA_HOME")
    if home:
        if shutil.which("java", path=os.path.join(home, "bin")) is None:
            return f"engine: spark needs Java, and JAVA_HOME ({home}) holds no bin/java; correct it or unset it"
    elif shutil.which("java") is None:
        return (
            "engine: spark needs Java 17, and there is no java on the PATH; install a Java runtime "
            "(Debian and Ubuntu: openjdk-17-jre-headless) or set JAVA_HOME"
        )
    return None


def _open_spark(settings: dict[str, str]) -> ibis.BaseBackend:
    missing = explain_missing_spark()
    if missing:
        raise InputError(missing)
    from pyspark.sql import SparkSession

    own = {
        "spark.app.name": "roeptoeter",
        "spark.ui.showConsoleProgress": "false",  # it would write into the notebook
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        **settings,
        "spark.sql.session.timeZone": "UTC",  # the tables are in UTC; no setting may shift them
    }
    builder = SparkSession.builder
    for key, setting in own.items():
        builder = builder.config(key, setting)
    try:
        return ibis.pyspark.connect(builder.getOrCreate())
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        # the first lines of what py4j passes on are its own; the one that names an exception says what happened
        told = next((line for line in lines if "xception: " in line), lines[0] if lines else "")
        master = settings.get("spark.master", "this machine")
        raise InputError(
            f"Spark did not start on {master}: {told.removeprefix(': ')[:300]}; see the `spark:` settings of the study"
        ) from None
