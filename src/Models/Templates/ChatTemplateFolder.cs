using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AgentTeams.Models;

/// <summary>Finds the chat template of a Hugging Face folder.</summary>
internal static class ChatTemplateFolder
{
    private const string Config = "config.json", TokenizerConfig = "tokenizer_config.json", Jinja = "chat_template.jinja";
    private static readonly string[] s_tokens = ["bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token"];

    /// <summary>SHA-256 of published templates whose whole text this library writes itself, line breaks unified and those at the end left out.</summary>
    private static readonly Dictionary<string, Func<string, ChatTemplate>> s_known = new(StringComparer.Ordinal)
    {
        ["87a2728cb8dc9fe424d624542f6060ec05a1d285ebbec578bb078900e33396b5"] = source => new Qwen3ChatTemplate(source),
    };

    /// <summary>The template that the folder names, the built-in one that its template text is, or that text itself.</summary>
    /// <exception cref="ModelFormatException">A file is damaged, there is no template, or it says what is not supported.</exception>
    public static ChatTemplate Load(string directory)
    {
        var config = Read(directory, Config);
        var (source, file) = Source(directory);
        if (config?["agentteams_chat_template"] is { IsNull: false } named)
        {
            var template = ChatTemplate.Named(named.String());
            return source is not null && Recognize(source) is { } published && published.Name == template.Name ? published : template;
        }

        if (source is null)
            throw new ModelFormatException($"'{directory}' holds no chat template, neither '{Jinja}' nor 'chat_template' in '{TokenizerConfig}'. Pass a "
                + "ChatTemplate when the model is loaded.");
        try
        {
            return Recognize(source) ?? new JinjaChatTemplate(source, SpecialTokens(directory));
        }
        catch (JinjaException e)
        {
            throw new ModelFormatException($"The chat template in '{file}' is not supported: {e.Message}. Pass a ChatTemplate when the model is loaded, your "
                + "own through ChatTemplate.FromDelegate.", e);
        }
    }

    /// <summary>Writes what <see cref="Load"/> reads into a model's folder, beside <c>config.json</c>.</summary>
    /// <returns>The name for <c>config.json</c>, or null for a template that has files of its own.</returns>
    public static string? Save(string directory, ChatTemplate template)
    {
        // Others read a template from its own file only.
        if (template.Jinja is { } source) File.WriteAllText(Path.Combine(directory, Jinja), source);
        if (template is not JinjaChatTemplate jinja) return template.Name;
        File.WriteAllText(Path.Combine(directory, TokenizerConfig), JsonSerializer.Serialize(jinja.Tokens));
        return null;
    }

    /// <summary>The built-in template that a published source is, or null. Only the whole text says what a template writes.</summary>
    public static ChatTemplate? Recognize(string source)
    {
        var text = source.ReplaceLineEndings("\n").TrimEnd('\n');
        return s_known.TryGetValue(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))), out var create) ? create(source) : null;
    }

    // Each is a text, or an object whose content is one.
    private static Dictionary<string, string> SpecialTokens(string directory)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Read(directory, TokenizerConfig) is not { } config) return tokens;
        foreach (var name in s_tokens)
        {
            if (config[name] is { IsNull: false } token) tokens[name] = (token.Json.StartsWith('{') ? token["content"] : token).String();
        }

        return tokens;
    }

    private static (string? Source, string File) Source(string directory)
    {
        var path = Path.Combine(directory, Jinja);
        if (ReadBytes(path) is { } bytes) return (Encoding.UTF8.GetString(bytes), path);
        path = Path.Combine(directory, TokenizerConfig);
        if (Read(directory, TokenizerConfig)?["chat_template"] is not { IsNull: false } entry) return (null, path);
        // Some folders hold several templates by name.
        if (!entry.Json.StartsWith('[')) return (entry.String(), path);
        var chosen = entry.Items().FindAll(t => t["name"].String() == "default");
        return (chosen is [var first, ..] ? first["template"].String() : null, path);
    }

    private static FileEntry? Read(string directory, string file)
    {
        var path = Path.Combine(directory, file);
        if (ReadBytes(path) is not { } bytes) return null;
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return new FileEntry(document.RootElement.Clone(), "", path);
        }
        catch (JsonException e)
        {
            throw new ModelFormatException($"'{path}' is not JSON: {e.Message}", e);
        }
    }

    private static byte[]? ReadBytes(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllBytes(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"'{path}' cannot be read: {e.Message}", e);
        }
    }
}
