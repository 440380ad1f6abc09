declare module '*.sh' {
  const text: string;
  export default text;
}

declare module '*.mk' {
  const text: string;
  export default text;
}
