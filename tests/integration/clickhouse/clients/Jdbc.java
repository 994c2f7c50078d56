import java.sql.*;
import java.time.*;
import java.util.*;

/** What DBeaver and Metabase do through JDBC; prints one `name=value` line per thing seen. */
public class Jdbc {
    public static void main(String[] arguments) throws Exception {
        var environment = System.getenv();
        var properties = new Properties();
        properties.setProperty("user", environment.get("JDBC_USER"));
        properties.setProperty("password", environment.get("JDBC_PASSWORD"));
        try (var connection = DriverManager.getConnection(environment.get("JDBC_URL"), properties)) {
            if (environment.get("JDBC_USER").equals("bi")) asBi(connection);
            else asAdmin(connection);
        }
    }

    static void asAdmin(Connection connection) throws SQLException {
        say("product", connection.getMetaData().getDatabaseProductName());
        try (var statement = connection.createStatement()) {
            statement.execute("CREATE OR REPLACE TABLE jdbc (id UInt64, name String, at DateTime64(3, 'UTC'),"
                + " price Decimal(18, 4), tags Array(String), note Nullable(String)) ENGINE = MergeTree ORDER BY id");
            insert(connection);
            try (var rows = statement.executeQuery("SELECT * FROM jdbc ORDER BY id LIMIT 1")) {
                rows.next();
                say("id", rows.getLong("id"));
                say("name", rows.getString("name"));
                say("at", rows.getObject("at", OffsetDateTime.class).toInstant());
                say("price", rows.getBigDecimal("price"));
                say("tags", Arrays.toString((Object[]) rows.getArray("tags").getArray()));
                say("note", rows.getString("note"));
                say("type", rows.getMetaData().getColumnTypeName(4));
            }
            try (var rows = statement.executeQuery("SELECT count(), sum(id) FROM jdbc")) {
                rows.next();
                say("count", rows.getLong(1));
                say("sum", rows.getLong(2));
            }
            try (var rows = statement.executeQuery("SELECT number FROM numbers(300000)")) {
                long sum = 0;
                while (rows.next()) sum += rows.getLong(1);
                say("streamed", sum);
            }
            try {
                statement.executeQuery("SELECT * FROM nowhere");
            } catch (SQLException error) {
                say("code", error.getErrorCode());
            }
            statement.execute("DROP TABLE jdbc");
        }
    }

    static void insert(Connection connection) throws SQLException {
        try (var insert = connection.prepareStatement("INSERT INTO jdbc VALUES (?, ?, ?, ?, ?, ?)")) {
            for (int id = 1; id <= 1000; id++) {
                insert.setLong(1, id);
                insert.setString(2, "it's \\ " + id);
                insert.setObject(3, OffsetDateTime.parse("2024-02-29T12:34:56.789Z"));
                insert.setBigDecimal(4, new java.math.BigDecimal("12.3400"));
                insert.setArray(5, connection.createArrayOf("String", new Object[] {"a", "b"}));
                insert.setString(6, null);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    static void asBi(Connection connection) throws SQLException {
        var metadata = connection.getMetaData();
        try (var tables = metadata.getTables(null, "baton", "%", null)) {
            while (tables.next()) say("table", tables.getString("TABLE_NAME") + " " + tables.getString("TABLE_TYPE"));
        }
        try (var columns = metadata.getColumns(null, "baton", "shown_people", "%")) {
            while (columns.next()) {
                var remarks = columns.getString("REMARKS");
                say("column", columns.getString("COLUMN_NAME") + " " + columns.getString("TYPE_NAME") + " " + remarks);
            }
        }
        try (var asked = connection.prepareStatement("SELECT name FROM baton.shown_people WHERE id = ?")) {
            asked.setLong(1, 2);
            try (var rows = asked.executeQuery()) {
                while (rows.next()) say("name", rows.getString(1));
            }
        }
        try (var statement = connection.createStatement()) {
            statement.setQueryTimeout(10);
            statement.executeQuery("SELECT * FROM baton.hidden");
        } catch (SQLException error) {
            say("refused", error.getErrorCode());
        }
    }

    static void say(String name, Object value) {
        System.out.println(name + "=" + value);
    }
}
