namespace AgentTeams.Models;

/// <summary>The element types of the safetensors format, by the names that its headers use.</summary>
internal static class SafeTensorTypes
{
    public const string Float32 = "F32";
    public const string Float16 = "F16";
    public const string BFloat16 = "BF16";
    public const string Int64 = "I64";

    /// <summary>Bytes of one element, or null for a type that the format does not know or does not store in whole bytes.</summary>
    public static int? SizeOf(string type) => type switch
    {
        "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" or "F8_E8M0" => 1,
        Float16 or BFloat16 or "I16" or "U16" => 2,
        Float32 or "I32" or "U32" => 4,
        "F64" or Int64 or "U64" or "C64" => 8,
        _ => null,
    };

    public static string Text(IEnumerable<int> shape) => $"[{string.Join(", ", shape)}]";
}
