using System.Globalization;
using Microsoft.Data.Sqlite;

namespace AgentTeams.Storage;

/// <summary>Statements that are made again and again, compiled once each. Parameters are <c>$0</c>, <c>$1</c> and so on. Used under the store's lock.</summary>
internal sealed class PreparedCommands(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    /// <summary>The statement with its parameters set; it stays this object's.</summary>
    public SqliteCommand Get(string sql, SqliteTransaction? transaction, params ReadOnlySpan<object> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            _commands[sql] = command = connection.CreateCommand();
            command.CommandText = sql;
        }

        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++)
        {
            if (command.Parameters.Count <= i) command.Parameters.Add(new() { ParameterName = string.Create(CultureInfo.InvariantCulture, $"${i}") });
            command.Parameters[i].Value = values[i];
        }

        return command;
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values) command.Dispose();
    }
}
