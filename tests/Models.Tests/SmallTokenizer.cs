using System.Text;
using System.Text.Json.Nodes;

namespace AgentTeams.Tests;

/// <summary>A small file in the published form, to be changed by tests.</summary>
internal static class SmallTokenizer
{
    public static readonly string[] QwenTokens =
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>"];

    public static readonly string[] Llama3Tokens = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>"];

    /// <summary>All bytes, the merges 'th', 'the' and ' the', and the added tokens.</summary>
    public static JsonObject File(params string[] added)
    {
        var vocabulary = new JsonObject();
        for (var b = 0; b < 256; b++) vocabulary[ByteAlphabet.ToChar((byte)b).ToString()] = b;
        vocabulary["th"] = 256;
        vocabulary["the"] = 257;
        vocabulary["Ġthe"] = 258;
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. added.Select((text, i) => Added(text, 259 + i, special: text.Length < 4 || text[1] == '|'))]),
            ["normalizer"] = new JsonObject { ["type"] = "NFC" },
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(Split(Tokenizer.DefaultPattern), ByteLevel()),
            },
            ["post_processor"] = ByteLevel(),
            ["decoder"] = ByteLevel(),
            ["model"] = new JsonObject { ["type"] = "BPE", ["byte_fallback"] = false, ["vocab"] = vocabulary, ["merges"] = new JsonArray("t h", "th e", "Ġ the") },
        };
    }

    public static JsonObject Added(string text, int id, bool special = true) => new()
    {
        ["id"] = id, ["content"] = text, ["single_word"] = false, ["lstrip"] = false, ["rstrip"] = false, ["normalized"] = false, ["special"] = special,
    };

    public static JsonObject Split(string pattern, string behavior = "Isolated", bool invert = false) => new()
    {
        ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = behavior, ["invert"] = invert,
    };

    public static JsonObject ByteLevel(bool useRegex = false) => new()
    {
        ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = false, ["use_regex"] = useRegex,
    };

    public static Tokenizer Load(JsonObject file) => Tokenizer.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()), "small.json");

    public static Tokenizer Load(params string[] added) => Load(File(added));
}
