using System.Collections.Concurrent;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentTeams.Testing;

/// <summary>The lines of a cassette: a request, its key and the reply, each.</summary>
/// <param name="path">The file.</param>
internal sealed class CassetteFile(string path)
{
    // People read and compare these files.
    private static readonly JsonSerializerOptions Readable = new(AIJsonUtilities.DefaultOptions) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = false };
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<ChatResponse>> _replies = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _given = new(StringComparer.Ordinal);

    public string Path => path;

    public static CassetteFile Open(string path, CassetteMode mode)
    {
        var file = new CassetteFile(System.IO.Path.GetFullPath(path));
        if (mode != CassetteMode.Replay) Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file.Path)!);
        if (mode == CassetteMode.Record) File.Delete(file.Path);
        else if (File.Exists(path)) file.Read();
        else if (mode == CassetteMode.Replay)
            throw new CassetteException($"There is no cassette '{file.Path}'. Record it once: open it with {nameof(CassetteMode)}.{nameof(CassetteMode.RecordMissing)} around a real client, and commit the file.");
        return file;
    }

    /// <summary>The next reply to a request that was recorded; null when there is none. Equal requests are answered in the order in which they were recorded.</summary>
    public ChatResponse? Next(string key)
    {
        lock (_lock)
        {
            if (!_replies.TryGetValue(key, out var replies)) return null;
            var given = _given.GetValueOrDefault(key);
            if (given == replies.Count) return null;
            _given[key] = given + 1;
            return JsonSerializer.Deserialize<ChatResponse>(JsonSerializer.SerializeToUtf8Bytes(replies[given], AIJsonUtilities.DefaultOptions), AIJsonUtilities.DefaultOptions);
        }
    }

    public void Append(string key, JsonObject request, ChatResponse response)
    {
        var line = new JsonObject { ["key"] = key, ["request"] = request.DeepClone(), ["response"] = JsonSerializer.SerializeToNode(response, AIJsonUtilities.DefaultOptions) };
        lock (_lock)
        {
            File.AppendAllText(path, line.ToJsonString(Readable) + "\n");
            Add(key, response);
            _given[key] = _replies[key].Count;
        }
    }

    private void Read()
    {
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (line.Length == 0) continue;
            try
            {
                var read = JsonNode.Parse(line)!;
                // The key is what the request says, also where a person has edited it.
                Add(CassetteRequest.KeyOf(read["request"]!.AsObject()), read["response"].Deserialize<ChatResponse>(AIJsonUtilities.DefaultOptions)!);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException)
            {
                throw new CassetteException($"Line {number} of the cassette '{path}' is no recorded call: {e.Message} Delete the line and record the call again.", e);
            }
        }
    }

    private void Add(string key, ChatResponse response)
    {
        if (!_replies.TryGetValue(key, out var replies)) _replies[key] = replies = [];
        replies.Add(response);
    }
}
