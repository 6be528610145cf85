using System.IO.Compression;
using System.Text.Json;

namespace AgentTeams.Tests;

/// <summary>The published tokenizer among the shared reference data; only for tests that carry <see cref="SharedDataFactAttribute"/>.</summary>
internal static class Published
{
    public const string Folder = "oracles/tokenizer", TemplateFolder = "oracles/templates";
    private static readonly Lazy<Tokenizer> s_qwen3 = new(() => AgentTeams.Models.Tokenizer.Parse(Qwen3File(), "qwen3_tokenizer.json"));

    /// <summary>Published chat templates, and what the real Jinja makes of them.</summary>
    public static string Templates => SharedData.Find(TemplateFolder)!;

    public static Tokenizer Qwen3 => s_qwen3.Value;

    public static byte[] Qwen3File()
    {
        using var file = File.OpenRead(Path.Combine(SharedData.Find(Folder)!, "qwen3_tokenizer.json.gz"));
        using var unzipped = new GZipStream(file, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        unzipped.CopyTo(bytes);
        return bytes.ToArray();
    }

    public static JsonElement Json(string name) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(SharedData.Find(Folder)!, name))).RootElement;
}
