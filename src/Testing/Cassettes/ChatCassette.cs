using Microsoft.Extensions.AI;

namespace AgentTeams.Testing;

/// <summary>
/// Real replies of models in a file, so that a test runs without them: recorded once, replayed from then on. A request is known by its messages and options, tools' schemas included, but not
/// by its seed. Equal requests are answered in the order in which they were recorded. The file is JSON Lines; it holds what was said, and no address or key of the model.
/// </summary>
/// <example>
/// <code>
/// var cassette = ChatCassette.Open("cassettes/plan.jsonl", real is null ? CassetteMode.Replay : CassetteMode.RecordMissing);
/// var result = await workflow.RunAsync(state, TeamRuntime.ForAll(cassette.Around(real)));
/// </code>
/// </example>
public sealed class ChatCassette
{
    private readonly CassetteFile _file;
    private readonly CassetteMode _mode;

    private ChatCassette(CassetteFile file, CassetteMode mode) => (_file, _mode) = (file, mode);

    /// <summary>Opens a cassette.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="mode">Whether it replays or records; replays by default.</param>
    /// <exception cref="CassetteException">It is to be replayed and not there, or damaged.</exception>
    public static ChatCassette Open(string path, CassetteMode mode = CassetteMode.Replay)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(CassetteFile.Open(path, mode), mode);
    }

    /// <summary>A client that replies from the cassette. Several may share it, for example one for each model of a team.</summary>
    /// <param name="client">The model, which is asked where the cassette records; may be null where it replays.</param>
    /// <exception cref="CassetteException">There is no model to record.</exception>
    public IChatClient Around(IChatClient? client = null)
    {
        if (client is null && _mode == CassetteMode.Record) throw new CassetteException($"The cassette '{_file.Path}' is to be recorded, and there is no client. Give one, or open it to be replayed.");
        return new CassetteChatClient(_file, _mode, client);
    }
}
