using System.Text;
using System.Text.Json;

namespace AgentTeams.Runs;

/// <summary>A file of JSON lines that only grows. A last line that a kill cut short is cut off when a writer opens it.</summary>
internal sealed class AppendedLines<T>
{
    private readonly string _path;
    private readonly List<T> _items = [];

    public AppendedLines(string path, bool isWriter)
    {
        _path = path;
        if (!File.Exists(path)) return;
        var whole = 0L;
        foreach (var line in ReadShared(path).Split('\n')[..^1])
        {
            try
            {
                _items.Add(JsonSerializer.Deserialize<T>(line, TrajectoryJson.Options) ?? throw new JsonException("It is null."));
            }
            catch (JsonException e)
            {
                throw new AgentTeamsException($"Line {_items.Count + 1} of '{path}' is damaged: {e.Message} Restore the file from a copy, or begin the run anew.", e);
            }

            whole += Encoding.UTF8.GetByteCount(line) + 1;
        }

        if (!isWriter) return;
        using var file = File.OpenWrite(path);
        file.SetLength(whole);
    }

    public IReadOnlyList<T> Items => _items;

    public void Append(T item)
    {
        File.AppendAllText(_path, JsonSerializer.Serialize(item, TrajectoryJson.Options) + "\n");
        _items.Add(item);
    }

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }
}
