using System.Text;

namespace AgentTeams.Cli;

/// <summary>Trajectories where the command line says they are: the folder of a run, a database, or JSON lines.</summary>
internal static class StoreFile
{
    /// <summary>A trajectory as one line of JSON.</summary>
    public static string Line(Trajectory trajectory) => Encoding.UTF8.GetString(TrajectoryJson.Serialize(trajectory));

    /// <summary>Does something with the trajectories that fit a query.</summary>
    /// <exception cref="AgentTeamsException">There is no such store.</exception>
    public static async Task<T> ReadAsync<T>(string given, TrajectoryQuery query, Func<IAsyncEnumerable<Trajectory>, Task<T>> read, CancellationToken cancellationToken)
    {
        var path = Directory.Exists(given) ? RunFolder.Read(given).Trajectories : given;
        if (!File.Exists(path)) throw new AgentTeamsException($"'{path}' is not there. Give the folder of a run, a trajectories.db or a trajectories.jsonl.");
        if (path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))
        {
            return await read(TraceImport.ReadTrajectoriesAsync(path, cancellationToken: cancellationToken).Where(query.Matches).Take(query.Limit ?? int.MaxValue)).ConfigureAwait(false);
        }

        using var store = new SqliteTrajectoryStore(path);
        return await read(store.QueryAsync(query, cancellationToken)).ConfigureAwait(false);
    }
}
